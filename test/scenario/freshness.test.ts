/** Fresh, stale, revalidated: the plain life of stored responses (RFC 9111 §4). */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

describe("a fresh response", () => {
  it("answers the second request without the origin, with its age", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=60" }, "hello");
    expect(await get("/a")).toMatchObject({ status: 200, body: "hello", outcome: "stored" });
    clock.advance(30_000);
    const second = await get("/a");
    expect(second).toMatchObject({ status: 200, body: "hello", outcome: "hit" });
    expect(second.header("age")).toBe("30");
    expect(second.header("cache-status")).toBe("nyc; hit; ttl=30; detail=hit");
  });

  it("keeps its Date and gets one when the origin sent none", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", date: "" });
    const date = (await get("/a")).header("date");
    clock.advance(10_000);
    expect(date).toBeDefined();
    expect((await get("/a")).header("date")).toBe(date);
  });

  it("is judged by the age it had when it came", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", age: "61", etag: '"1"' }).replies(304, { etag: '"1"' });
    await get("/a");
    expect((await get("/a")).outcome).toBe("revalidated");
  });

  it("by s-maxage lives as long as s-maxage says, not max-age", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=1, s-maxage=60" });
    await get("/a");
    clock.advance(30_000);
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("by Expires is fresh until then", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { expires: new Date(clock.nowMs() + 60_000).toUTCString() }).replies(200, {});
    await get("/a");
    clock.advance(59_000);
    expect((await get("/a")).outcome).toBe("hit");
    clock.advance(2_000);
    expect((await get("/a")).outcome).not.toBe("hit");
  });

  it("by Last-Modified alone is fresh for a tenth of its age, at most a day", async () => {
    const { origin, get, clock } = scenario();
    const modified = new Date(clock.nowMs() - 1_000_000).toUTCString();
    origin.replies(200, { "last-modified": modified }).replies(304, {});
    await get("/a");
    clock.advance(99_000);
    expect((await get("/a")).outcome).toBe("hit");
    clock.advance(2_000);
    expect((await get("/a")).outcome).toBe("revalidated");
  });

  it("by a guess is not reused for a user with cookies, who may get another page", async () => {
    const { origin, get, clock } = scenario();
    const modified = new Date(clock.nowMs() - 1_000_000).toUTCString();
    origin.replies(200, { "last-modified": modified }).replies(304, {});
    await get("/a");
    expect((await get("/a", { cookie: "session=1" })).outcome).toBe("revalidated");
  });
});

describe("a stale response", () => {
  it("is confirmed by a 304 and then fresh again, with the new fields", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10", etag: '"v1"', "x-version": "1" }, "one");
    await get("/a");
    clock.advance(11_000);
    origin.replies(304, { "cache-control": "max-age=10", etag: '"v1"', "x-version": "2" });
    const confirmed = await get("/a");
    expect(confirmed).toMatchObject({ status: 200, body: "one", outcome: "revalidated" });
    expect(origin.saw("if-none-match")).toBe('"v1"');
    expect(confirmed.header("x-version")).toBe("2");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("is replaced by a 200", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10", etag: '"v1"' }, "one");
    await get("/a");
    clock.advance(11_000);
    origin.replies(200, { "cache-control": "max-age=10", etag: '"v2"' }, "two");
    expect(await get("/a")).toMatchObject({ body: "two", outcome: "revalidated-changed" });
    expect(await get("/a")).toMatchObject({ body: "two", outcome: "hit" });
  });

  it("answers at once within stale-while-revalidate and is refreshed behind", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10, stale-while-revalidate=60" }, "one");
    await get("/a");
    clock.advance(20_000);
    origin.replies(200, { "cache-control": "max-age=10" }, "two");
    expect(await get("/a")).toMatchObject({ body: "one", outcome: "stale-while-revalidate" });
    expect(await get("/a")).toMatchObject({ body: "two", outcome: "hit" });
  });

  it("answers when the origin is down, and says so", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10" }, "one").fails("refused");
    await get("/a");
    clock.advance(20_000);
    expect(await get("/a")).toMatchObject({ status: 200, body: "one", outcome: "stale-if-error" });
  });

  it("answers instead of the origin's 503", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10" }, "one").replies(503, {}, "sorry");
    await get("/a");
    clock.advance(20_000);
    const got = await get("/a");
    expect(got).toMatchObject({ status: 200, body: "one", outcome: "stale-if-error" });
    expect(got.header("cache-status")).toContain("fwd-status=503");
  });

  it.each(["must-revalidate", "proxy-revalidate", "s-maxage=10", "no-cache"])(
    "is never served stale when the origin said %s",
    async (directive) => {
      const { origin, get, clock } = scenario();
      origin.replies(200, { "cache-control": `max-age=10, ${directive}`, etag: '"1"' }).fails("refused");
      await get("/a");
      clock.advance(20_000);
      expect((await get("/a")).status).toBe(504);
    },
  );

  it("beyond its stale-if-error window is not served", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10, stale-if-error=60" }).fails("refused").fails("refused");
    await get("/a");
    clock.advance(60_000);
    expect((await get("/a")).outcome).toBe("stale-if-error");
    clock.advance(20_000);
    expect(await get("/a")).toMatchObject({ status: 502, outcome: "origin-refused" });
  });
});

describe("a 304 for another entity tag than we asked about", () => {
  it("is not believed: the origin is asked once more, without conditions", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, { "cache-control": "max-age=10", etag: '"v1"' }, "one");
    await get("/a");
    clock.advance(11_000);
    origin.replies(304, { etag: '"v2"' }).replies(200, { "cache-control": "max-age=10", etag: '"v2"' }, "two");
    expect(await get("/a")).toMatchObject({ status: 200, body: "two" });
    expect(origin.saw("if-none-match")).toBeUndefined();
  });
});
