/** What a whole edge does with paths that look like hosts, with redirects, checks and loops, on real sockets. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../e2e/processes.ts";
import { type EdgeWithSite, edgeWithSite } from "./edge-with-site.ts";

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function originThat(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { asked, port: address.port, url: `http://127.0.0.1:${address.port}` };
}

async function edge(...args: Parameters<typeof edgeWithSite>): Promise<EdgeWithSite> {
  const started = await edgeWithSite(...args);
  closers.push(() => started.close());
  return started;
}

/** Sends a request line as it is; what came back. */
function raw(port: number, target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n`),
    );
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", reject).on("close", () => resolve(text));
  });
}

describe("the bytes of a client are never an authority", () => {
  it.each([
    "//evil.example/x",
    "///evil.example",
    "/\\evil.example",
    "/@evil.example",
    "/%2f%2fevil.example/",
    "//127.0.0.1:1/",
  ])("%s is a path at the origin", async (target) => {
    const origin = await originThat((_request, response) => response.end("here"));
    const { port } = await edge({ origins: [{ url: origin.url }] });
    const answer = await raw(port, target);
    if (answer.startsWith("HTTP/1.1 400")) expect(origin.asked).toEqual([]);
    else expect(origin.asked).toEqual([`127.0.0.1:${origin.port} ${target}`]);
  });

  it.each(["http://evil.example/x", "https://evil.example", "evil.example:80", "@evil.example/x"])(
    "%s is refused, or is not for the origin of this site",
    async (target) => {
      const origin = await originThat((_request, response) => response.end("here"));
      const { port } = await edge({ origins: [{ url: origin.url }] });
      expect(await raw(port, target)).toMatch(/^HTTP\/1\.1 4/);
      expect(origin.asked).toEqual([]);
    },
  );
});

it.each([301, 302, 303, 307, 308])("a redirect (%i) goes to the client; nobody follows it", async (status) => {
  const inner = await originThat((_request, response) => response.end("secret"));
  const origin = await originThat((_request, response) =>
    response.writeHead(status, { location: `${inner.url}/latest/meta-data/` }).end(),
  );
  const { url } = await edge({ origins: [{ url: origin.url }] });
  const answer = await fetch(`${url}/a`, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([status, `${inner.url}/latest/meta-data/`]);
  expect(inner.asked).toEqual([]);
});

it("a health check connects as requests do: to no private address, and follows nothing", async () => {
  const origin = await originThat((_request, response) => response.writeHead(302, { location: "/elsewhere" }).end());
  const healthCheck = { path: "/healthz", intervalMs: 500, timeoutMs: 400 };
  const origins = [{ url: `http://rebound.example:${origin.port}` }];
  const resolveName = (
    _name: string,
    _options: unknown,
    callback: (error: null, found: { address: string; family: number }[]) => void,
  ) => callback(null, [{ address: "127.0.0.1", family: 4 }]);
  const strict = await edge({ origins, origin: { allowPrivate: false, healthCheck } }, { upstream: { resolveName } });
  const checkedUntil = async (state: string): Promise<void> => {
    await expect.poll(async () => await strict.status(), { timeout: 8_000 }).toContain(state);
  };
  await checkedUntil('"suspect"');
  expect(origin.asked).toEqual([]);
  const lax = await edge({ origins, origin: { healthCheck } }, { upstream: { resolveName } });
  await expect.poll(() => origin.asked.length, { timeout: 8_000 }).toBeGreaterThan(1);
  expect(new Set(origin.asked)).toEqual(new Set([`rebound.example:${origin.port} /healthz`]));
  await lax.close();
}, 20_000);

describe("two edges that have each other as their origin", () => {
  const pair = async (ids: readonly [string, string]) => {
    const port = await freePort();
    const one = await edge({ origins: [{ url: `http://127.0.0.1:${port}` }] }, { id: ids[0] });
    const other = await edge({ origins: [{ url: one.url }] }, { id: ids[1], port });
    return { one, other };
  };

  it("answer 508 after one round, and at once", async () => {
    const { one, other } = await pair(["one", "other"]);
    const answer = await fetch(`${one.url}/loop`);
    expect(answer.status).toBe(508);
    const outcomes = [...one.records, ...other.records].map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "loop-detected")).toHaveLength(1);
    expect(outcomes).toHaveLength(3);
  });

  it("answer 508 when their hops are used up, though none has seen the request itself", async () => {
    const { one } = await pair(["one", "other"]);
    const hops = Array.from({ length: 8 }, (_, index) => `antipode; node="n${index}"`).join(", ");
    expect((await fetch(`${one.url}/far`, { headers: { "cdn-loop": hops } })).status).toBe(508);
  });
});
