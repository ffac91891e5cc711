/** The main job, end to end: a real nginx behind three real edges and a real router, all as `antipode dev` starts them. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEV_PLACES } from "../../control/dev-config.ts";
import { need } from "../need.ts";
import { type Nginx, startNginx } from "./nginx.ts";
import { antipode, freeDevPort, type Running, until } from "./processes.ts";

/** The client addresses that `antipode dev` proposes, by the edge nearest to them. */
const clientOf = (id: string): string => DEV_PLACES.find((place) => place.id === id)?.exampleClient ?? "";
const nginxNeeded = need("nginx");

describe.skipIf(!nginxNeeded.run)(`the CDN in front of nginx ${nginxNeeded.reason}`, () => {
  let nginx: Nginx;
  let cdn: Running;
  let base: string;
  let port: number;
  const big = randomBytes(3 * 1024 * 1024);
  const page = "<!doctype html><title>Hello</title><h1>Hello from nginx</h1>\n";

  beforeAll(async () => {
    nginx = await startNginx();
    mkdirSync(join(nginx.root, "docs"));
    mkdirSync(join(nginx.root, "private"));
    writeFileSync(join(nginx.root, "index.html"), page);
    writeFileSync(join(nginx.root, "docs", "index.html"), "docs\n");
    writeFileSync(join(nginx.root, "private", "me.html"), "mine\n");
    writeFileSync(join(nginx.root, "big.bin"), big);
    port = await freeDevPort();
    cdn = await antipode(["dev", "--origin", nginx.url, "--port", `${port}`, "--json"], /"event": ?"ready"/);
    base = `http://127.0.0.1:${port}`;
  }, 60_000);

  afterAll(async () => {
    await cdn?.stop("SIGINT");
    await nginx?.stop();
  });

  const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    fetch(base + path, { method, headers, redirect: "manual" });
  const edgeOf = (response: Response): string => /(?:^|, )(nyc|fra|syd);/.exec(status(response))?.[1] ?? "";
  const status = (response: Response): string => response.headers.get("cache-status") ?? "";

  it("serves bodies equal to the byte, and the second request is a hit", async () => {
    for (const [path, body] of [
      ["/", Buffer.from(page)],
      ["/big.bin", big],
    ] as const) {
      const first = await get(path);
      expect(first.status).toBe(200);
      expect(hash(await first.arrayBuffer())).toBe(hash(body));
      const second = await get(path);
      expect(hash(await second.arrayBuffer())).toBe(hash(body));
      expect(status(second)).toMatch(/; hit; ttl=\d+; detail=hit$/);
      expect(nginx.requests().filter((line) => line.startsWith(`GET ${path} `))).toHaveLength(1);
    }
  });

  it("answers conditional and range requests from the cache", async () => {
    const whole = await get("/big.bin");
    await whole.arrayBuffer();
    const etag = whole.headers.get("etag") ?? "";
    const unchanged = await get("/big.bin", { "if-none-match": etag });
    expect([unchanged.status, status(unchanged)]).toEqual([304, expect.stringContaining("detail=hit-not-modified")]);
    const part = await get("/big.bin", { range: "bytes=1000000-1000099" });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 1000000-1000099/${big.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(big.subarray(1_000_000, 1_000_100));
    const beyond = await get("/big.bin", { range: `bytes=${big.length}-` });
    expect(beyond.status).toBe(416);
  });

  it("takes a New York, a Frankfurt and a Sydney client to three different edges", async () => {
    const edgesSeen = async () => {
      const seen: Record<string, string> = {};
      for (const place of ["nyc", "fra", "syd"]) {
        const response = await get("/", { "x-forwarded-for": clientOf(place) });
        await response.arrayBuffer();
        seen[place] = edgeOf(response);
      }
      return seen;
    };
    // On a machine that is busy starting them, probes may have been late: an edge is suspect until one is in time.
    await expect.poll(edgesSeen, { timeout: 20_000 }).toEqual({ nyc: "nyc", fra: "fra", syd: "syd" });
  });

  it("does not cache what the origin calls private", async () => {
    await (await get("/private/me.html")).text();
    const second = await get("/private/me.html");
    expect(await second.text()).toBe("mine\n");
    expect(status(second)).not.toContain("; hit");
  });

  it("keeps the origin's own redirects on the CDN", async () => {
    const response = await get("/docs");
    expect([response.status, response.headers.get("location")]).toEqual([301, "/docs/"]);
  });

  it("does not let an edge's death by SIGKILL be noticed", async () => {
    const edges = await state();
    const nyc = edges.find((edge) => edge.id === "nyc");
    expect(nyc?.pid).toBeGreaterThan(0);
    process.kill(Number(nyc?.pid), "SIGKILL");
    for (let request = 0; request < 20; request += 1) {
      const response = await get("/", { "x-forwarded-for": clientOf("nyc") });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(page);
    }
    await until("nyc to be back", async () => {
      const response = await get("/", { "x-forwarded-for": clientOf("nyc") });
      await response.arrayBuffer();
      return edgeOf(response) === "nyc";
    });
  });

  it("refuses what it does not know and what is malformed", async () => {
    const { request } = await import("node:http");
    const statusFor = (headers: Record<string, string>, path = "/") =>
      new Promise<number | undefined>((resolve, reject) => {
        request({ host: "127.0.0.1", port, path, headers }, (response) => {
          response.resume();
          expect(response.headers["cache-control"]).toBe("no-store");
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
    expect(await statusFor({ host: "unknown.example" })).toBe(421);
    expect(await statusFor({ host: "127.0.0.1" }, "/%00")).toBe(400);
    expect(await statusFor({ host: "bad host" })).toBe(400);
  });

  it("still serves what is fresh when the origin is gone, and 502 for the rest", async () => {
    await (await get("/")).text();
    await nginx.stop();
    const fresh = await get("/");
    expect([fresh.status, await fresh.text()]).toEqual([200, page]);
    const missing = await get("/never-seen.html");
    expect(missing.status).toBe(502);
    expect(missing.headers.get("cache-control")).toBe("no-store");
    expect(await missing.text()).not.toContain("never-seen");
  });

  async function state(): Promise<readonly { id: string; pid: number }[]> {
    const found = [...cdn.output().matchAll(/^\{.*"event": ?"started".*\}$/gm)].map(([line]) => JSON.parse(line));
    return found.map(({ name, pid }) => ({ id: name, pid }));
  }
});

function hash(body: ArrayBuffer | Uint8Array): string {
  return createHash("sha256")
    .update(body instanceof Uint8Array ? body : new Uint8Array(body))
    .digest("hex");
}
