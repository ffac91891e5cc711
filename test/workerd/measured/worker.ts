/**
 * The Worker under `npm run measure:workers`: answers one request many times within one invocation, so that the cost of
 * the local proxies in front of it does not count, and counts its subrequests. With `cache=isolate` a map in the isolate
 * stands for the Cache API: what the local simulation of a data centre's cache costs is not the Worker's either.
 */
import worker, { type Environment } from "../../../edge/worker.ts";

interface Kept {
  readonly bytes: ArrayBuffer;
  readonly headers: Headers;
}

let subrequests = 0;
let inIsolate = false;
const kept = new Map<string, Kept>();
const cachePrototype: Cache = Object.getPrototypeOf(caches.default);
const { match, put } = cachePrototype;
const originalFetch = globalThis.fetch;
cachePrototype.match = async function (this: Cache, request, options) {
  subrequests += 1;
  if (!inIsolate) return match.call(this, request, options);
  const found = kept.get(String(request));
  return found && new Response(found.bytes, { headers: found.headers });
};
cachePrototype.put = async function (this: Cache, request, response) {
  subrequests += 1;
  if (!inIsolate) return put.call(this, request, response);
  kept.set(String(request), { bytes: await response.arrayBuffer(), headers: response.headers });
};
globalThis.fetch = (input: RequestInfo | URL, init?: RequestInit) => {
  subrequests += 1;
  return originalFetch(input, init);
};

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const times = Number(searchParams.get("times") ?? 1);
    inIsolate = searchParams.get("cache") === "isolate";
    const host = inIsolate ? "isolate.test" : "measured.test";
    const before = subrequests;
    let status = "";
    for (let time = 0; time < times; time += 1) {
      const answer = await worker.fetch(new Request(`http://${host}/hit`, request), environment, context);
      await answer.arrayBuffer();
      status = answer.headers.get("cache-status") ?? `${answer.status}`;
    }
    return new Response(null, { headers: { "x-subrequests": `${subrequests - before}`, "x-status": status } });
  },
} satisfies ExportedHandler<Environment>;
