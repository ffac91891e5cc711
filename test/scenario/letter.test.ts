/** RFC 9111 and RFC 9110 rule by rule, where no other scenario tells it. */
import { describe, expect, it } from "vitest";
import { LETTER, MINUTE, second } from "./ask-twice.ts";
import { scenario } from "./harness.ts";

describe("directives of the response", () => {
  it.each([
    ["max-age=60", "reused"],
    ["MAX-AGE=60", "reused"],
    ['max-age="60"', "reused"],
    ["max-age=60, unknown, other=1", "reused"],
    ["max-age=60, immutable", "reused"],
    ["max-age=99999999999999999999", "reused"],
    ["max-age=60, max-age=0", "asked again"],
    ["max-age=0, max-age=60", "asked again"],
    ["max-age=1.5", "asked again"],
    ["max-age=-1", "asked again"],
    ["max-age=abc", "asked again"],
    ["max-age", "asked again"],
    ["max-age =60", "asked again"],
    ["immutable", "asked again"],
    ["max-age=60, no-cache", "asked again"],
    ["max-age=60, No-Store", "asked again"],
    ['ext="max-age=60"', "asked again"],
    ["s-maxage=0, max-age=60", "asked again"],
    ["s-maxage=60, max-age=0", "reused"],
    ["max-age=60, no-cache=", "asked again"],
    ['max-age=60, private=""', "asked again"],
    ['max-age=60, no-cache="x-a, x-b"', "reused"],
  ])("%s: %s", async (value, verdict) => {
    expect(await second({ "cache-control": value })).toBe(verdict);
  });

  it("on several lines are one list", async () => {
    expect(await second({ "cache-control": ["max-age=60", "no-store"] })).toBe("asked again");
    expect(await second({ "cache-control": ["public", "max-age=60"] })).toBe("reused");
  });

  it("no-store with must-understand is stored where the status is understood, and not where it is not", async () => {
    expect(await second({ "cache-control": "max-age=60, no-store, must-understand" })).toBe("reused");
    const { origin, get } = scenario();
    origin.replies(299, { "cache-control": "max-age=60, no-store, must-understand" });
    expect((await get("/a")).header("cache-status")).toContain("reason=must-understand");
  });

  it("must-revalidate does not matter while the response is fresh", async () => {
    expect(await second({ "cache-control": "max-age=60, must-revalidate, proxy-revalidate" })).toBe("reused");
  });

  it.each([
    ["Thu, 01 Jan 2026 00:01:00 GMT", "reused"],
    ["Thursday, 01-Jan-26 00:01:00 GMT", "reused"],
    ["Thu Jan  1 00:01:00 2026", "reused"],
    ["0", "asked again"],
    ["Thu, 01 Jan 2026 00:01:00 CET", "asked again"],
    ["Thu, 32 Jan 2026 00:01:00 GMT", "asked again"],
  ])("Expires %s: %s", async (expires, verdict) => {
    expect(await second({ expires })).toBe(verdict);
  });

  it("max-age wins over Expires", async () => {
    expect(await second({ "cache-control": "max-age=60", expires: "0" })).toBe("reused");
    expect(await second({ "cache-control": "max-age=0", expires: "Thu, 01 Jan 2026 00:01:00 GMT" })).toBe(
      "asked again",
    );
  });
});

describe("age", () => {
  it.each([
    ["an Age that cannot be read is ignored, of several the first counts", "abc", "reused"],
    ["negative", "-7200", "reused"],
    ["the first of a list", "0, 7200", "reused"],
    ["the first of a list", "7200, 0", "asked again"],
    ["the first line", ["0", "7200"], "reused"],
    ["older than the lifetime", "61", "asked again"],
    ["beyond all numbers", "99999999999999999999", "asked again"],
  ])("%s (%o): %s", async (_what, age, verdict) => {
    expect(await second({ ...MINUTE, age })).toBe(verdict);
  });

  it("counts from a Date in the past, and a Date in the future makes nothing younger", async () => {
    expect(await second({ ...MINUTE, date: "Wed, 31 Dec 2025 23:58:00 GMT" })).toBe("asked again");
    expect(await second({ ...MINUTE, date: "Thu, 01 Jan 2026 01:00:00 GMT" })).toBe("reused");
  });

  it("includes the time that the origin took", async () => {
    const { origin, get, clock } = scenario();
    origin.answers(async () => {
      clock.advance(5_000);
      const head = { status: 200, fields: [["cache-control", "max-age=60"]] } as const;
      return { kind: "response", head, body: Buffer.from("one"), closeDelimited: false };
    });
    await get("/a");
    clock.advance(10_000);
    expect((await get("/a")).header("age")).toBe("15");
  });

  it("is never negative, even after the clock went back", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, MINUTE);
    await get("/a");
    clock.advance(-3_600_000);
    expect((await get("/a")).header("age")).toBe("0");
  });
});

describe("directives of the request", () => {
  /** How a request for a response of age 30, fresh for 30 seconds more, is answered. */
  async function asking(value: string, profile: "rfc9111" | "safe"): Promise<string> {
    const { origin, get, clock } = scenario({ rules: { profile } });
    origin.replies(200, { ...MINUTE, etag: '"1"' }).replies(304, { etag: '"1"' });
    await get("/a");
    clock.advance(30_000);
    return (await get("/a", { "cache-control": value })).outcome;
  }

  it.each([
    ["max-age=40", "hit"],
    ["max-age=20", "revalidated"],
    ["max-age=0", "revalidated"],
    ["min-fresh=20", "hit"],
    ["min-fresh=40", "revalidated"],
    ["no-cache", "revalidated"],
    ["max-age=abc", "hit"],
    ["no-store", "hit"],
  ])("%s: %s in rfc9111, and in safe always a hit", async (value, outcome) => {
    expect(await asking(value, "rfc9111")).toBe(outcome);
    expect(await asking(value, "safe")).toBe("hit");
  });

  it.each([
    ["max-stale", "stale-allowed"],
    ["max-stale=100", "stale-allowed"],
    ["max-stale=10", "revalidated"],
  ])("%s on a response 30 seconds stale: %s in rfc9111", async (value, outcome) => {
    const { origin, get, clock } = scenario(LETTER);
    origin.replies(200, { "cache-control": "max-age=10", etag: '"1"' }).replies(304, { etag: '"1"' });
    await get("/a");
    clock.advance(40_000);
    expect((await get("/a", { "cache-control": value })).outcome).toBe(outcome);
  });

  it("no-store keeps the answer out of the store, in both profiles, and nobody else suffers", async () => {
    const { origin, get } = scenario();
    origin.replies(200, MINUTE, "one").replies(200, MINUTE, "two");
    expect((await get("/a", { "cache-control": "no-store" })).outcome).toBe("not-stored");
    expect((await get("/a")).outcome).toBe("stored");
  });

  it("only-if-cached is answered from the store or with 504", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, MINUTE);
    await get("/a");
    expect((await get("/a", { "cache-control": "only-if-cached" })).outcome).toBe("hit");
    clock.advance(61_000);
    expect((await get("/a", { "cache-control": "only-if-cached" })).status).toBe(504);
  });
});

describe("conditions (RFC 9110 §13.2.2)", () => {
  const MODIFIED = "Thu, 01 Jan 2015 00:00:00 GMT";
  const LATER = "Fri, 02 Jan 2015 00:00:00 GMT";
  const EARLIER = "Wed, 31 Dec 2014 00:00:00 GMT";

  /** The status of a request with conditions for a stored, fresh response; 412 when it went to the origin. */
  async function status(conditions: Record<string, string>, headers: Record<string, string> = {}): Promise<number> {
    const { origin, get } = scenario();
    origin.replies(200, { ...MINUTE, ...headers }, "0123456789").replies(412, {});
    await get("/a");
    return (await get("/a", conditions)).status;
  }

  it.each([
    [{ "if-none-match": '"v1"' }, 304],
    [{ "if-none-match": '"x", W/"v1"' }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"a,b", "v2"' }, 200],
    [{ "if-none-match": '"v2"', "if-modified-since": LATER }, 200],
    [{ "if-modified-since": MODIFIED }, 304],
    [{ "if-modified-since": LATER }, 304],
    [{ "if-modified-since": EARLIER }, 200],
    [{ "if-modified-since": "yesterday" }, 200],
    [{ "if-match": '"v1"' }, 200],
    [{ "if-match": '"v1"', "if-none-match": '"v1"' }, 304],
    [{ "if-match": '"v2"', "if-none-match": '"v1"' }, 412],
    [{ "if-match": 'W/"v1"' }, 412],
    [{ "if-match": '"v1"', "if-unmodified-since": EARLIER }, 200],
    [{ "if-unmodified-since": EARLIER }, 412],
    [{ "if-unmodified-since": MODIFIED }, 200],
  ])("%o: %d", async (conditions: Record<string, string>, expected) => {
    expect(await status(conditions, { etag: '"v1"', "last-modified": MODIFIED })).toBe(expected);
  });

  it("If-Modified-Since is ignored where the response has no modification date", async () => {
    expect(await status({ "if-modified-since": LATER }, {})).toBe(200);
    expect(await status({ "if-modified-since": LATER }, { etag: '"v1"' })).toBe(200);
  });

  it.each([
    [{ "if-range": '"v1"' }, 206],
    [{ "if-range": '"v2"' }, 200],
    [{ "if-range": 'W/"v1"' }, 200],
    [{ "if-range": MODIFIED }, 206],
    [{ "if-range": LATER }, 200],
    [{ "if-none-match": '"v1"', "if-range": '"v1"' }, 304],
  ])("a range with %o: %d", async (conditions: Record<string, string>, expected) => {
    const validators = { etag: '"v1"', "last-modified": MODIFIED };
    expect(await status({ range: "bytes=0-1", ...conditions }, validators)).toBe(expected);
  });

  it("If-Range with a date that is not strong, as it is no older than the response, gives the whole", async () => {
    const now = new Date(scenario().clock.nowMs()).toUTCString();
    expect(await status({ range: "bytes=0-1", "if-range": now }, { "last-modified": now })).toBe(200);
  });
});
