/**
 * The Worker under `npm run measure:workers`: answers one request many times within one invocation, so that the cost of
 * the local proxies in front of it does not count, and counts its subrequests.
 */
import worker, { type Environment } from "../../../edge/worker.ts";

let subrequests = 0;
const cachePrototype: Cache = Object.getPrototypeOf(caches.default);
const { match, put } = cachePrototype;
const originalFetch = globalThis.fetch;
cachePrototype.match = function (this: Cache, request, options) {
  subrequests += 1;
  return match.call(this, request, options);
};
cachePrototype.put = function (this: Cache, request, response) {
  subrequests += 1;
  return put.call(this, request, response);
};
globalThis.fetch = (input: RequestInfo | URL, init?: RequestInit) => {
  subrequests += 1;
  return originalFetch(input, init);
};

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    const times = Number(new URL(request.url).searchParams.get("times") ?? 1);
    const before = subrequests;
    let status = "";
    for (let time = 0; time < times; time += 1) {
      const answer = await worker.fetch(new Request("http://measured.test/hit", request), environment, context);
      await answer.arrayBuffer();
      status = answer.headers.get("cache-status") ?? `${answer.status}`;
    }
    return new Response(null, { headers: { "x-subrequests": `${subrequests - before}`, "x-status": status } });
  },
} satisfies ExportedHandler<Environment>;
