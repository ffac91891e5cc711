/** What clients may ask: variants, conditions, ranges, directives, other methods. */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

describe("variants", () => {
  it("are kept apart by what Vary names", async () => {
    const { origin, get } = scenario();
    const vary = { "cache-control": "max-age=60", vary: "Accept-Language" };
    origin.replies(200, vary, "hello").replies(200, vary, "hallo");
    await get("/a", { "accept-language": "en" });
    expect(await get("/a", { "accept-language": "de" })).toMatchObject({ body: "hallo", outcome: "stored" });
    expect(await get("/a", { "accept-language": "en" })).toMatchObject({ body: "hello", outcome: "hit" });
    expect(await get("/a", { "accept-language": "de" })).toMatchObject({ body: "hallo", outcome: "hit" });
  });

  it("are the same when the fields mean the same", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", vary: "Accept-Encoding" });
    await get("/a", { "accept-encoding": "gzip, br" });
    expect((await get("/a", { "accept-encoding": "br,GZIP;q=1.0" })).outcome).toBe("hit");
    origin.replies(200, {});
    expect((await get("/a", { "accept-encoding": "br, gzip;q=0" })).outcome).not.toBe("hit");
  });

  it("miss with the reason vary-miss", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", vary: "x" }).replies(200, {});
    await get("/a", { x: "1" });
    expect((await get("/a", { x: "2" })).header("cache-status")).toContain("fwd=vary-miss");
  });
});

describe("conditions", () => {
  it("are answered with 304 from a fresh response", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", etag: '"v1"' }, "one");
    await get("/a");
    const got = await get("/a", { "if-none-match": 'W/"v1", "other"' });
    expect(got).toMatchObject({ status: 304, body: "", outcome: "hit-not-modified" });
    expect(got.header("etag")).toBe('"v1"');
  });

  it("go to the origin when nothing is stored, and its 304 comes back", async () => {
    const { origin, get } = scenario();
    origin.replies(304, { etag: '"v1"' });
    expect(await get("/a", { "if-none-match": '"v1"' })).toMatchObject({ status: 304 });
    expect(origin.saw("if-none-match")).toBe('"v1"');
  });

  it("of If-Match that do not hold here are for the origin to judge", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", etag: '"v1"' }, "one").replies(412, {}, "no");
    await get("/a");
    expect((await get("/a", { "if-match": '"v1"' })).outcome).toBe("hit");
    expect(await get("/a", { "if-match": '"v2"' })).toMatchObject({ status: 412, outcome: "pass-request" });
  });
});

describe("ranges of a stored response", () => {
  async function stored() {
    const made = scenario();
    made.origin.replies(
      200,
      { "cache-control": "max-age=60", etag: '"v1"', "content-type": "text/plain" },
      "0123456789",
    );
    await made.get("/a");
    return made;
  }

  it("are 206 with what was asked", async () => {
    const { get } = await stored();
    const got = await get("/a", { range: "bytes=2-4" });
    expect(got).toMatchObject({ status: 206, body: "234", outcome: "hit-range" });
    expect(got.header("content-range")).toBe("bytes 2-4/10");
    expect((await get("/a", { range: "bytes=-3" })).body).toBe("789");
    expect((await get("/a", { range: "bytes=8-" })).body).toBe("89");
  });

  it("outside it are 416", async () => {
    const { get } = await stored();
    const got = await get("/a", { range: "bytes=10-" });
    expect(got).toMatchObject({ status: 416, outcome: "hit-range-unsatisfiable" });
    expect(got.header("content-range")).toBe("bytes */10");
  });

  it("with an If-Range that does not hold are ignored", async () => {
    const { get } = await stored();
    expect((await get("/a", { range: "bytes=0-1", "if-range": '"v2"' })).status).toBe(200);
    expect((await get("/a", { range: "bytes=0-1", "if-range": '"v1"' })).status).toBe(206);
  });

  it("more than the settings allow are answered with the whole", async () => {
    const { get, origin } = scenario({ limits: { rangesPerRequestMax: 2 } });
    origin.replies(200, { "cache-control": "max-age=60" }, "0123456789");
    await get("/a");
    expect((await get("/a", { range: "bytes=0-1,4-5" })).status).toBe(206);
    expect(await get("/a", { range: "bytes=0-1,4-5,8-9" })).toMatchObject({ status: 200, body: "0123456789" });
  });

  it("several at once come as multipart/byteranges whose length is right", async () => {
    const { get } = await stored();
    const got = await get("/a", { range: "bytes=0-1, 5-6" });
    expect(got.header("content-type")).toMatch(/^multipart\/byteranges; boundary=/);
    expect(got.header("content-length")).toBe(`${got.body.length}`);
    expect(got.body).toContain("Content-Range: bytes 5-6/10\r\n\r\n56\r\n");
  });

  it("several at once have the right length whatever bytes the type holds", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", "content-type": "text/x-\u00fc" }, "0123456789");
    await get("/a");
    const got = await get("/a", { range: "bytes=0-1, 5-6" });
    expect(got.header("content-length")).toBe(`${new TextEncoder().encode(got.body).length}`);
  });

  it("that overlap, or are too many, are ignored", async () => {
    const { get } = await stored();
    expect((await get("/a", { range: "bytes=0-5, 3-7" })).status).toBe(200);
    expect((await get("/a", { range: "bytes=0-0,2-2,4-4,6-6,8-8" })).status).toBe(200);
  });
});

describe("client directives", () => {
  it("only-if-cached is 504 when there is nothing", async () => {
    const { get } = scenario();
    expect(await get("/a", { "cache-control": "only-if-cached" })).toMatchObject({
      status: 504,
      outcome: "only-if-cached",
    });
  });

  it("no-cache is heeded in rfc9111 and ignored in safe", async () => {
    for (const [profile, outcome] of [
      ["rfc9111", "revalidated"],
      ["safe", "hit"],
    ] as const) {
      const { origin, get } = scenario({ rules: { profile } });
      origin.replies(200, { "cache-control": "max-age=60", etag: '"1"' }).replies(304, { etag: '"1"' });
      await get("/a");
      expect((await get("/a", { "cache-control": "no-cache" })).outcome, profile).toBe(outcome);
    }
  });
});

describe("other methods", () => {
  it("POST passes and invalidates what it may have changed", async () => {
    const { origin, get, request } = scenario();
    origin
      .replies(200, { "cache-control": "max-age=60" }, "old")
      .replies(200, { "cache-control": "max-age=60" }, "list");
    await get("/a");
    await get("/list");
    origin.replies(201, { location: "/list" }, "made");
    expect((await request("POST", "/a")).outcome).toBe("pass-method");
    origin.replies(200, { "cache-control": "max-age=60" }, "new").replies(200, {}, "new list");
    expect((await get("/a")).body).toBe("new");
    expect((await get("/list")).body).toBe("new list");
  });

  it("a failed POST invalidates nothing, nor does a Location on another host", async () => {
    const { origin, get, request } = scenario();
    origin
      .replies(200, { "cache-control": "max-age=60" }, "kept")
      .replies(500, {})
      .replies(201, { location: "//evil/a" });
    await get("/a");
    await request("POST", "/a");
    await request("POST", "/b");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("HEAD is answered from a stored GET", async () => {
    const { origin, get, request } = scenario();
    origin.replies(200, { "cache-control": "max-age=60" }, "12345");
    await get("/a");
    const got = await request("HEAD", "/a");
    expect(got).toMatchObject({ status: 200, body: "", outcome: "hit" });
    expect(got.header("content-length")).toBe("5");
  });

  it("HEAD that finds the stored response stale goes on as HEAD and updates it", async () => {
    const { origin, get, request, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10" }, "12345");
    await get("/a");
    clock.advance(11_000);
    origin.replies(200, { "cache-control": "max-age=60" }, "");
    await request("HEAD", "/a");
    expect(origin.requests.at(-1)?.method).toBe("HEAD");
    expect(await get("/a")).toMatchObject({ body: "12345", outcome: "hit" });
  });
});

describe("together", () => {
  it("many requests for one cold key make one request to the origin", async () => {
    const { origin, request, settled } = scenario();
    origin.replies(200, { "cache-control": "max-age=60" }, "one");
    const reads = Array.from({ length: 100 }, () => request("GET", "/a"));
    const got = await Promise.allSettled(reads);
    await settled();
    expect(origin.requests).toHaveLength(1);
    expect(got.filter((one) => one.status === "fulfilled" && one.value.body === "one")).toHaveLength(100);
  });
});

describe("a request that has been here before", () => {
  it("is refused with 508 and never reaches the origin", async () => {
    const { origin, get } = scenario();
    expect(await get("/a", { "cdn-loop": 'other, antipode; node="nyc"' })).toMatchObject({
      status: 508,
      outcome: "loop-detected",
    });
    expect(origin.requests).toHaveLength(0);
  });
});

describe("an unknown host", () => {
  it("is 421", async () => {
    const { request } = scenario();
    expect(await request("GET", "/", {}, { host: "other.example" })).toMatchObject({
      status: 421,
      outcome: "unknown-site",
    });
  });
});
