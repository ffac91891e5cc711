/** The demo origin over real sockets. */
import { once } from "node:events";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BIG_FILE_BYTES, bigFileBytes } from "./big-file.ts";
import { createDemoServer } from "./demo-server.ts";
import { buildSite } from "./site.ts";

const site = buildSite();
let server: Server;
let port: number;

beforeAll(async () => {
  server = createDemoServer({ site, nowMs: () => 1_800_000_000_000, slowMs: 60 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function get(path: string, headers: OutgoingHttpHeaders = {}, method = "GET"): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, headers, method, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(pieces) }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("what may be kept, and for how long", () => {
  test.each([
    ["/", 200, "text/html; charset=utf-8", /^public, max-age=0, s-maxage=60/],
    ["/places/sydney", 200, "text/html; charset=utf-8", /s-maxage=60/],
    ["/images/globe.png", 200, "image/png", /max-age=86400/],
    ["/images/sydney.svg", 200, "image/svg+xml", /max-age=86400/],
    ["/api/time", 200, "application/json", /^public, max-age=5$/],
    ["/api/me", 200, "application/json", /^private/],
    ["/api/origin", 200, "application/json", /^no-store$/],
    ["/api/places", 200, "application/json", /max-age=60/],
    ["/no-such-page", 404, "text/html; charset=utf-8", /max-age=10/],
  ])("%s is %i, %s", async (path, status, contentType, cacheControl) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toBe(contentType);
    expect(answer.headers["cache-control"]).toMatch(cacheControl);
    expect(answer.headers["content-length"]).toBe(String(answer.body.length));
  });
});

test("every link and picture of every page exists", async () => {
  const pages = [...site.resources.keys()].filter((path) =>
    site.resources.get(path)?.contentType.startsWith("text/html"),
  );
  const targets = new Set<string>();
  for (const page of pages) {
    const { body } = await get(page);
    for (const [, target = ""] of body.toString("utf8").matchAll(/(?:href|src)="([^"]+)"/g)) targets.add(target);
  }
  targets.delete("#main");
  targets.delete("/nothing-here");
  targets.delete("/big.bin");
  expect(targets.size).toBeGreaterThan(12);
  for (const target of targets) expect([target, (await get(target)).status]).toEqual([target, 200]);
});

test("nothing on a page comes from elsewhere and the policy forbids it", async () => {
  const { body, headers } = await get("/");
  expect(body.toString("utf8")).not.toMatch(/(?:href|src)="(?:https?:)?\/\//);
  expect(headers["content-security-policy"]).toContain("default-src 'none'");
});

describe("validators", () => {
  test("an equal entity tag is answered by 304 without a body", async () => {
    const first = await get("/");
    const second = await get("/", { "If-None-Match": `"other", W/${first.headers.etag}` });
    expect(second.status).toBe(304);
    expect(second.body.length).toBe(0);
    expect(second.headers.etag).toBe(first.headers.etag);
    expect(second.headers.vary).toBe("Accept-Encoding");
  });

  test("If-None-Match decides over If-Modified-Since", async () => {
    const since = (await get("/")).headers["last-modified"];
    expect((await get("/", { "If-Modified-Since": since })).status).toBe(304);
    expect((await get("/", { "If-Modified-Since": since, "If-None-Match": '"other"' })).status).toBe(200);
  });

  test("a precondition that does not hold is 412", async () => {
    expect((await get("/", { "If-Match": '"other"' })).status).toBe(412);
    expect((await get("/", { "If-Unmodified-Since": "Thu, 01 Jan 2026 00:00:00 GMT" })).status).toBe(412);
  });
});

test("text is compressed for those who accept it, under its own entity tag", async () => {
  const plain = await get("/", { "Accept-Encoding": "br, gzip;q=0" });
  const packed = await get("/", { "Accept-Encoding": "br, gzip" });
  expect(plain.headers["content-encoding"]).toBeUndefined();
  expect(packed.headers["content-encoding"]).toBe("gzip");
  expect(packed.headers.vary).toBe("Accept-Encoding");
  expect(packed.headers.etag).not.toBe(plain.headers.etag);
  expect(gunzipSync(packed.body)).toEqual(plain.body);
});

describe("ranges", () => {
  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=65530-65545", 65_530, 65_545],
    ["bytes=67108860-", 67_108_860, 67_108_863],
    ["bytes=-5", 67_108_859, 67_108_863],
    ["bytes=67108860-99999999999", 67_108_860, 67_108_863],
  ])("%s of the big file", async (range, first, last) => {
    const answer = await get("/big.bin", { Range: range });
    expect(answer.status).toBe(206);
    expect(answer.headers["content-range"]).toBe(`bytes ${first}-${last}/${BIG_FILE_BYTES}`);
    expect(answer.body.length).toBe(last - first + 1);
    const [whole] = bigFileBytes(0, 131_071);
    if (last < 65_536 && whole !== undefined) expect(answer.body).toEqual(whole.subarray(first, last + 1));
  });

  test("any way of cutting the big file gives the same bytes", () => {
    const whole = Buffer.concat([...bigFileBytes(0, 199_999)]);
    for (const [first, last] of [
      [1, 7],
      [65_533, 65_540],
      [3, 131_073],
      [199_999, 199_999],
    ] as const) {
      expect(Buffer.concat([...bigFileBytes(first, last)])).toEqual(whole.subarray(first, last + 1));
    }
  });

  test("a range outside is 416, one that is not understood is the whole", async () => {
    const outside = await get("/images/globe.png", { Range: "bytes=9999999-" });
    expect(outside.status).toBe(416);
    expect(outside.headers["content-range"]).toMatch(/^bytes \*\/\d+$/);
    for (const range of ["bytes=5-2", "lines=1-2", "bytes=0-1,5-6"]) {
      expect((await get("/images/globe.png", { Range: range })).status).toBe(200);
    }
  });

  test("If-Range with another entity tag means the whole", async () => {
    const etag = (await get("/images/globe.png", {}, "HEAD")).headers.etag;
    expect((await get("/images/globe.png", { Range: "bytes=0-3", "If-Range": etag })).status).toBe(206);
    expect((await get("/images/globe.png", { Range: "bytes=0-3", "If-Range": '"other"' })).status).toBe(200);
  });
});

test("HEAD tells the length of what GET would send, without a body", async () => {
  for (const path of ["/", "/big.bin", "/api/places"]) {
    const answer = await get(path, {}, "HEAD");
    expect(answer.status).toBe(200);
    expect(answer.body.length).toBe(0);
    expect(Number(answer.headers["content-length"])).toBeGreaterThan(0);
  }
});

test("the big file is 64 MiB, whole", async () => {
  const answer = await get("/big.bin");
  expect(answer.body.length).toBe(64 * 1024 * 1024);
  const lastPiece = Buffer.concat([...bigFileBytes(BIG_FILE_BYTES - 100, BIG_FILE_BYTES - 1)]);
  expect(answer.body.subarray(-100)).toEqual(lastPiece);
});

test("what cannot be done is refused politely", async () => {
  const posted = await get("/", {}, "POST");
  expect(posted.status).toBe(405);
  expect(posted.headers.allow).toBe("GET, HEAD, OPTIONS");
  expect(posted.headers["cache-control"]).toBe("no-store");
  expect((await get("/", {}, "OPTIONS")).status).toBe(204);
});

test("the origin counts what it was asked, but not the question itself", async () => {
  const count = async (): Promise<number> => JSON.parse((await get("/api/origin")).body.toString("utf8")).requests;
  const before = await count();
  await get("/");
  await get("/no-such-page");
  expect(await count()).toBe(before + 2);
  expect(await count()).toBe(before + 2);
});

test("the private answer speaks of who asks; the slow page takes its time", async () => {
  const me = JSON.parse((await get("/api/me", { Cookie: "a=1; name=Ada" })).body.toString("utf8"));
  expect(me).toMatchObject({ hello: "Ada", forwardedFor: null });
  const startMs = performance.now();
  expect((await get("/slow")).status).toBe(200);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(55);
});
