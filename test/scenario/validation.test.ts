/** Validation: what a 304, a HEAD or a failure does to what is stored (RFC 9111 §4.3). */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=10", etag: '"v1"' };

/** A stored response that has just become stale. */
async function stale(headers: Record<string, string> = FRESH, rules: Parameters<typeof scenario>[0] = {}) {
  const made = scenario(rules);
  made.origin.replies(200, headers, "one");
  await made.get("/a");
  made.clock.advance(11_000);
  return made;
}

describe("a 304", () => {
  it("without a Date is as young as the moment it came", async () => {
    const { origin, get, clock } = await stale();
    origin.replies(304, { etag: '"v1"', "cache-control": "max-age=10", date: "" });
    const confirmed = await get("/a");
    expect(confirmed.outcome).toBe("revalidated");
    expect(confirmed.header("age")).toBe("0");
    clock.advance(5_000);
    expect((await get("/a")).outcome).toBe("hit");
  });

  it.each(["private, max-age=10", "no-store, max-age=10", 'max-age=10, "oops'])(
    "that now says %s answers this client and ends the sharing",
    async (directive) => {
      const { origin, get } = await stale();
      origin.replies(304, { etag: '"v1"', "cache-control": directive });
      expect(await get("/a", { cookie: "alice" })).toMatchObject({ body: "one", outcome: "revalidated" });
      origin.replies(200, { "cache-control": "private" }, "bob's");
      expect(await get("/a", { cookie: "bob" })).toMatchObject({ body: "bob's" });
    },
  );

  it("to a request with Authorization that does not allow sharing any more ends it", async () => {
    const { origin, get } = await stale({ "cache-control": "public, max-age=10", etag: '"v1"' });
    origin.replies(304, { etag: '"v1"', "cache-control": "max-age=10" });
    expect((await get("/a", { authorization: "alice" })).body).toBe("one");
    origin.replies(200, {}, "bob's");
    expect((await get("/a", { authorization: "bob" })).body).toBe("bob's");
  });

  it("with another Vary makes the response one for requests like this", async () => {
    const { origin, get } = await stale();
    origin.replies(304, { ...FRESH, vary: "accept-language" });
    await get("/a", { "accept-language": "en" });
    origin.replies(200, { ...FRESH, vary: "accept-language" }, "zwei");
    expect(await get("/a", { "accept-language": "de" })).toMatchObject({ body: "zwei", outcome: "stored" });
    expect(await get("/a", { "accept-language": "en" })).toMatchObject({ body: "one", outcome: "hit" });
  });

  it("with Vary: * leaves a response that is asked about every time", async () => {
    const { origin, get } = await stale();
    origin.replies(304, { ...FRESH, vary: "*" }).replies(304, { ...FRESH, vary: "*" });
    expect((await get("/a")).outcome).toBe("revalidated");
    expect((await get("/a")).outcome).toBe("revalidated");
  });

  it("that carries another Last-Modified than ours and no entity tag is not believed", async () => {
    const modified = (day: number) => `Thu, 0${day} Jan 2015 00:00:00 GMT`;
    const { origin, get } = await stale({ "cache-control": "max-age=10", "last-modified": modified(1) });
    origin.replies(304, { "last-modified": modified(2) });
    origin.replies(200, { "cache-control": "max-age=10", "last-modified": modified(2) }, "two");
    expect(await get("/a")).toMatchObject({ status: 200, body: "two" });
    expect(origin.saw("if-modified-since")).toBeUndefined();
  });

  it("to a request without conditions is a fault of the origin, and not passed on", async () => {
    const { origin, get } = scenario();
    origin.replies(304, { etag: '"v1"' });
    expect(await get("/a")).toMatchObject({ status: 502, outcome: "origin-malformed" });
  });

  it("replaces fields, but not those that describe the stored bytes", async () => {
    const { origin, get } = await stale({ ...FRESH, "content-type": "text/plain", "x-version": "1" });
    origin.replies(304, { ...FRESH, "x-version": "2", "content-length": "999", "content-encoding": "gzip" });
    const got = await get("/a");
    expect([got.header("x-version"), got.header("content-length"), got.header("content-encoding")]).toEqual([
      "2",
      "3",
      undefined,
    ]);
    expect(got.header("content-type")).toBe("text/plain");
  });

  it("with a private field withholds it from the store", async () => {
    const { origin, get } = await stale();
    origin.replies(304, { ...FRESH, "cache-control": 'max-age=10, private="x-user"', "x-user": "alice" });
    await get("/a");
    expect((await get("/a")).header("x-user")).toBeUndefined();
  });
});

describe("the answer to HEAD", () => {
  it("with the same validators makes the stored response fresh", async () => {
    const { origin, request, get } = await stale();
    origin.replies(200, { ...FRESH, "x-new": "1" }, "");
    await request("HEAD", "/a");
    const got = await get("/a");
    expect(got).toMatchObject({ body: "one", outcome: "hit" });
    expect(got.header("x-new")).toBe("1");
  });

  it.each([{ etag: '"v2"' }, { "content-length": "4" }])(
    "with other ones (%o) ends the use of what is stored, even fresh",
    async (different) => {
      const { origin, request, get } = scenario({ rules: { profile: "rfc9111" } });
      origin.replies(200, { ...FRESH, "content-length": "3" }, "one");
      await get("/a");
      origin.replies(200, { ...FRESH, "content-length": "3", ...different }, "");
      await request("HEAD", "/a", { "cache-control": "no-cache" });
      origin.replies(200, FRESH, "two");
      expect((await get("/a")).body).toBe("two");
    },
  );

  it("is never stored as the answer to GET", async () => {
    const { origin, request, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", "content-length": "3" }, "").replies(200, {}, "one");
    await request("HEAD", "/a");
    expect((await get("/a")).body).toBe("one");
  });

  it("confirms to a client that has the response already", async () => {
    const { origin, request } = await stale();
    origin.replies(304, FRESH);
    expect((await request("HEAD", "/a", { "if-none-match": '"v1"' })).status).toBe(304);
  });
});

describe("a refresh behind a stale answer", () => {
  const SWR = { "cache-control": "max-age=10, stale-while-revalidate=60" };

  it("asks for the whole with GET, whatever the client asked for", async () => {
    for (const [method, headers] of [
      ["HEAD", {}],
      ["GET", { range: "bytes=0-0" }],
      ["GET", { "if-none-match": '"other"' }],
    ] as const) {
      const { origin, request, settled, get } = await stale(SWR);
      origin.replies(200, SWR, "two");
      expect((await request(method, "/a", headers)).outcome).toBe("stale-while-revalidate");
      await settled();
      expect(origin.requests.at(-1)?.method).toBe("GET");
      expect([origin.saw("range"), origin.saw("if-none-match")]).toEqual([undefined, undefined]);
      expect(await get("/a")).toMatchObject({ body: "two", outcome: "hit" });
    }
  });

  it("goes on although the client that caused it has left", async () => {
    const { Cancellation } = await import("../../core/cancellation.ts");
    const { origin, request, settled, get } = await stale(SWR);
    const cancellation = new Cancellation();
    origin.answers(async (asked) => {
      cancellation.cancel();
      expect(asked.cancellation.cancelled).toBe(false);
      return {
        kind: "response",
        head: { status: 200, fields: [["cache-control", "max-age=10"]] },
        body: Buffer.from("two"),
        closeDelimited: false,
      };
    });
    await request("GET", "/a", {}, { cancellation });
    await settled();
    expect((await get("/a")).body).toBe("two");
  });

  it("happens once for any number of requests", async () => {
    const { origin, request, settled } = await stale(SWR);
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    origin.answers(async () => {
      await held;
      return { kind: "failure", failure: "refused", detail: "" };
    });
    for (let count = 0; count < 20; count += 1) await request("GET", "/a");
    expect(origin.requests).toHaveLength(2);
    release();
    await settled();
  });

  it("that fails leaves the stale response for as long as it may be served", async () => {
    const { origin, get, clock } = await stale(SWR);
    origin.fails("refused");
    expect((await get("/a")).outcome).toBe("stale-while-revalidate");
    clock.advance(58_000);
    origin.fails("refused");
    expect((await get("/a")).outcome).toBe("stale-while-revalidate");
    clock.advance(2_000);
    origin.replies(200, SWR, "two");
    expect((await get("/a")).body).toBe("two");
  });
});

describe("s-maxage with windows of its own", () => {
  const SHARED = { "cache-control": "s-maxage=10, stale-while-revalidate=60, stale-if-error=60" };

  it("is served stale within them in safe, since the origin says so itself", async () => {
    const { origin, get } = await stale(SHARED);
    origin.replies(200, SHARED, "two");
    expect(await get("/a")).toMatchObject({ body: "one", outcome: "stale-while-revalidate" });
  });

  it("is never served stale in rfc9111: s-maxage implies proxy-revalidate", async () => {
    const { origin, get } = await stale(SHARED, { rules: { profile: "rfc9111" } });
    origin.replies(200, SHARED, "two");
    expect(await get("/a")).toMatchObject({ body: "two" });
  });
});
