/** The Worker as wrangler builds and runs it, on the real workerd, in front of real origins on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../../test/e2e/processes.ts";
import { wranglerConfig } from "./bundle-config.ts";
import { dryRun } from "./dry-run.ts";
import { smokeTest } from "./smoke-test.ts";
import { type LocalWorker, startLocalWorker, WRANGLER_TOML } from "./wrangler.ts";

const scratch = mkdtempSync(join(tmpdir(), "antipode-workers-"));
const asked: string[] = [];
const waiting: (() => void)[] = [];
let origin: Server;
let originUrl: string;
let workers: LocalWorker[] = [];

/** Answers by path; `/wait…` when the test lets it. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = "/" } = request;
  asked.push(url);
  const headers = { "cache-control": "max-age=60", "content-type": "application/octet-stream" };
  if (url.startsWith("/gzip")) {
    const body = gzipSync("plain text");
    response.writeHead(200, { ...headers, "content-encoding": "gzip", "content-length": body.length }).end(body);
  } else if (url.startsWith("/wait")) {
    waiting.push(() => response.writeHead(200, headers).end("waited"));
  } else if (url.startsWith("/half")) {
    response.writeHead(200, headers).write("half");
    waiting.push(() => response.end(" whole"));
  } else response.writeHead(200, headers).end(`hello ${url}`);
}

async function start(
  name: string,
  variables: Readonly<Record<string, string>>,
  configFile = WRANGLER_TOML,
): Promise<LocalWorker> {
  const stateDirectory = join(scratch, name);
  const worker = await startLocalWorker({ port: await freePort(), stateDirectory, variables, configFile });
  workers.push(worker);
  return worker;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

beforeAll(async () => {
  origin = createServer(answer);
  const port = await freePort();
  await new Promise<void>((resolve) => origin.listen(port, "127.0.0.1", resolve));
  originUrl = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  workers = [];
  origin.closeAllConnections();
  origin.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe("a Worker in front of one origin", () => {
  let worker: LocalWorker;
  beforeAll(async () => {
    worker = await start("one", { ORIGIN: originUrl });
  }, 40_000);

  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${worker.url}${path}`, init);
  const statusOf = (response: Response): string => response.headers.get("cache-status") ?? "";

  test("serves from its cache what it fetched once", async () => {
    const first = await get("/a");
    expect(await first.text()).toBe("hello /a");
    expect(statusOf(first)).toBe("workers; fwd=uri-miss; ttl=59; stored; detail=stored");
    const second = await get("/a");
    expect(await second.text()).toBe("hello /a");
    expect(statusOf(second)).toMatch(/^workers; hit; ttl=\d+; detail=hit$/);
    expect(second.headers.get("content-length")).toBe("8");
    expect(asked.filter((url) => url === "/a")).toHaveLength(1);
  });
  test("serves ranges and 304 from its cache", async () => {
    await (await get("/range")).text();
    const part = await get("/range", { headers: { range: "bytes=6-11" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 6-11/12",
      "/range",
    ]);
  });
  test("gives the plain body of a compressed answer", async () => {
    for (let time = 0; time < 2; time += 1) expect(await (await get("/gzip")).text()).toBe("plain text");
    expect(asked.filter((url) => url === "/gzip")).toHaveLength(1);
  });
  test("fetches once for requests that come together, even when the first client leaves", async () => {
    const leaving = new AbortController();
    const first = get("/wait-1", { signal: leaving.signal }).catch(() => "left");
    await until(() => waiting.length === 1);
    const others = [get("/wait-1"), get("/wait-1"), get("/wait-1")];
    await new Promise((resolve) => setTimeout(resolve, 200));
    leaving.abort();
    expect(await first).toBe("left");
    waiting.shift()?.();
    for (const other of others) {
      const response = await other;
      expect(await response.text()).toBe("waited");
      expect(statusOf(response)).toContain("detail=collapsed");
    }
    expect(asked.filter((url) => url === "/wait-1")).toHaveLength(1);
  });
  test("shares a body that is still coming", async () => {
    const first = await get("/half");
    const second = await get("/half");
    expect(statusOf(second)).toContain("detail=collapsed");
    waiting.shift()?.();
    expect(await first.text()).toBe("half whole");
    expect(await second.text()).toBe("half whole");
    expect(worker.output()).not.toContain("hung");
  });
  test("passes the smoke test of a deployment", async () => {
    await smokeTest(worker.url, { pauseMs: 1 });
    await expect(smokeTest(originUrl, { pauseMs: 1 })).rejects.toThrow("does not serve: 200 hello");
  });
});

describe("a Worker with a bundled config", () => {
  const site = (host: string, more: object = {}) => ({
    hosts: [host],
    origins: [{ url: originUrl }],
    origin: { allowPrivate: true, ...more },
  });
  const fileOf = (name: string, sites: object): string => {
    const file = join(scratch, `${name}.json`);
    writeFileSync(file, JSON.stringify({ sites }));
    return file;
  };

  test("serves its sites and refuses other hosts", async () => {
    const configFile = await wranglerConfig(fileOf("good", { a: site("127.0.0.1") }), { directory: scratch });
    const worker = await start("sites", {}, configFile);
    const served = await fetch(`${worker.url}/s`);
    expect([served.status, served.headers.get("cache-status")]).toEqual([
      200,
      "workers; fwd=uri-miss; ttl=59; stored; detail=stored",
    ]);
    expect((await fetch(`${worker.url.replace("127.0.0.1", "localhost")}/s`)).status).toBe(421);
  }, 40_000);
  test("is not built with what Workers cannot do, and all of it is said", async () => {
    const file = fileOf("bad", {
      a: site("a.example", { hostHeader: "b.example" }),
      c: site("c.example", { hostHeader: "d.example" }),
    });
    await expect(wranglerConfig(file, { directory: scratch })).rejects.toThrow(
      /sites\.a\.origin\.hostHeader: Workers cannot send another Host[\s\S]*sites\.c\.origin\.hostHeader/,
    );
  });
});

test("a Worker without ORIGIN answers every request with the name of what is missing", async () => {
  const worker = await start("none", { ORIGIN: "", PROFILE: "bold" });
  const response = await fetch(worker.url);
  expect(response.status).toBe(500);
  expect(await response.text()).toMatch(/ORIGIN is missing: .*\nPROFILE is "bold"/);
}, 40_000);

test("the Worker weighs no more than 300 KiB", async () => {
  expect(await dryRun(WRANGLER_TOML)).toBeGreaterThan(10);
}, 40_000);
