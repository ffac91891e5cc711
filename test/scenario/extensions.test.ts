/** Beyond RFC 9111: No-Vary-Search, tags, lifetimes of less than a second, negative answers. */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const searching = (field: string) => ({ "cache-control": "max-age=60", "no-vary-search": field });

describe("No-Vary-Search", () => {
  it("lets a response answer for other values of what does not matter", async () => {
    const { origin, get } = scenario();
    origin.replies(200, searching('params=("utm")'), "one").replies(200, searching('params=("utm")'), "two");
    await get("/a?q=1&utm=x");
    expect(await get("/a?q=1&utm=y")).toMatchObject({ body: "one", outcome: "hit" });
    expect(await get("/a?utm=z&q=1")).toMatchObject({ body: "one", outcome: "hit" });
    expect(await get("/a?q=1")).toMatchObject({ body: "one", outcome: "hit" });
    expect(await get("/a?q=2&utm=y")).toMatchObject({ body: "two", outcome: "stored" });
  });

  it("with an exception keeps what is excepted apart", async () => {
    const { origin, get } = scenario();
    const field = searching('params, except=("id")');
    origin.replies(200, field, "one").replies(200, field, "two");
    await get("/a?id=1&x=1");
    expect((await get("/a?x=2&id=1")).outcome).toBe("hit");
    expect((await get("/a?i%64=2&x=1")).body).toBe("two");
  });

  it("of key order finds the same parameters in another order", async () => {
    const { origin, get } = scenario();
    origin.replies(200, searching("key-order"), "one").replies(200, {}, "two");
    await get("/a?b=1&a=2");
    expect((await get("/a?a=2&b=1")).outcome).toBe("hit");
    expect((await get("/a?a=1&b=2")).body).toBe("two");
  });

  it("speaks only of the response that carries it", async () => {
    const { origin, get } = scenario();
    origin.replies(200, searching('params=("utm")'), "general").replies(200, { "cache-control": "max-age=60" }, "own");
    await get("/a?q=1&utm=x");
    await get("/a?q=2");
    origin.replies(200, {}, "asked");
    // What is stored for q=2 never said that utm does not matter.
    expect((await get("/a?q=2&utm=y")).body).toBe("asked");
  });

  it("does not reach another path, nor another site's rules", async () => {
    const { origin, get } = scenario();
    origin.replies(200, searching("params"), "one").replies(200, {}, "two");
    await get("/a?x=1");
    expect((await get("/b?x=2")).body).toBe("two");
  });

  it("that cannot be read counts for nothing", async () => {
    const { origin, get } = scenario();
    origin.replies(200, searching('params="utm"'), "one").replies(200, {}, "two");
    await get("/a?utm=x");
    expect((await get("/a?utm=y")).body).toBe("two");
  });

  it("asks with the client's own query when what it found is stale, and stores under what matters", async () => {
    const { origin, get, clock } = scenario();
    const field = { ...searching('params=("utm")'), etag: '"1"' };
    origin.replies(200, field, "one");
    await get("/a?utm=x");
    clock.advance(61_000);
    origin.replies(304, field);
    expect((await get("/a?utm=y")).outcome).toBe("revalidated");
    expect(origin.requests.at(-1)?.target).toBe("/a?utm=y");
    expect((await get("/a?utm=z")).outcome).toBe("hit");
  });

  it("is found by an unsafe request to any of its URLs", async () => {
    const { origin, get, request } = scenario();
    origin.replies(200, searching('params=("utm")'), "old").replies(204, {});
    await get("/a?utm=x");
    await request("POST", "/a?utm=y");
    origin.replies(200, {}, "new");
    expect((await get("/a?utm=z")).body).toBe("new");
  });

  it("keeps variants apart", async () => {
    const { origin, get } = scenario();
    const field = { ...searching("params"), vary: "accept-language" };
    origin.replies(200, field, "en").replies(200, field, "de");
    await get("/a?x=1", { "accept-language": "en" });
    expect(await get("/a?x=2", { "accept-language": "de" })).toMatchObject({ body: "de" });
    expect(await get("/a?x=3", { "accept-language": "en" })).toMatchObject({ body: "en", outcome: "hit" });
  });
});

describe("cache tags", () => {
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);

  it("are for us: they do not reach the client", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", "cache-tag": "a,b", "surrogate-key": "c d" });
    for (const got of [await get("/a"), await get("/a")]) {
      expect([got.header("cache-tag"), got.header("surrogate-key")]).toEqual([undefined, undefined]);
    }
  });

  it("of 128 are kept, one more and the response is not stored", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", "cache-tag": tags(128).join(",") });
    expect((await get("/a")).outcome).toBe("stored");
    origin.replies(200, { "cache-control": "max-age=60", "surrogate-key": tags(129).join(" ") });
    const got = await get("/b");
    expect([got.outcome, got.header("cache-status")]).toEqual([
      "not-stored",
      expect.stringContaining("reason=tags-over-limit"),
    ]);
  });

  it("of more than 8 KiB are not stored either", async () => {
    const { origin, get } = scenario();
    origin.replies(200, { "cache-control": "max-age=60", "cache-tag": ["x".repeat(5000), "y".repeat(5000)] });
    expect((await get("/a")).header("cache-status")).toContain("reason=tags-over-limit");
  });
});

describe("a lifetime of half a second by the site's rule", () => {
  const site = { config: { cache: { ttlSeconds: 0.5 } } };

  it("lasts half a second", async () => {
    const { origin, get, clock } = scenario(site);
    origin.replies(200, {}, "one").replies(200, {}, "two");
    await get("/a");
    clock.advance(499);
    expect(await get("/a")).toMatchObject({ body: "one", outcome: "hit" });
    clock.advance(1);
    expect((await get("/a")).body).toBe("two");
  });

  it("begins when the answer comes, whatever its Date and however long it took", async () => {
    const { origin, get, clock } = scenario(site);
    origin.answers(async () => {
      clock.advance(800);
      const fields = [["date", new Date(clock.nowMs() - 3_600_000).toUTCString()]] as const;
      return { kind: "response", head: { status: 200, fields }, body: Buffer.from("one"), closeDelimited: false };
    });
    await get("/a");
    clock.advance(400);
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("is used up by the Age of a cache in front of the origin", async () => {
    const { origin, get } = scenario(site);
    origin.replies(200, { age: "1" }, "one").replies(200, {}, "two");
    await get("/a");
    expect((await get("/a")).body).toBe("two");
  });
});

describe("negative answers", () => {
  it.each([404, 410, 500, 503])("%d without freshness is not stored in safe", async (status) => {
    const { origin, get } = scenario();
    origin.replies(status, { etag: '"e"' }).replies(200, {}, "back");
    expect((await get("/a")).header("cache-status")).toContain("reason=error-without-freshness");
    expect((await get("/a")).body).toBe("back");
  });

  it("404 is stored for as long as the origin says", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(404, { "cache-control": "max-age=5" }, "no").replies(200, {}, "back");
    await get("/a");
    clock.advance(4_000);
    expect(await get("/a")).toMatchObject({ status: 404, body: "no", outcome: "hit" });
    clock.advance(2_000);
    expect((await get("/a")).body).toBe("back");
  });

  it("404 is stored for as long as the site says, by status", async () => {
    const { origin, get, clock } = scenario({ config: { cache: { ttlByStatus: { "404": 2, "5xx": 0 } } } });
    origin.replies(404, {}, "no").replies(200, {}, "back");
    await get("/a");
    clock.advance(1_900);
    expect(await get("/a")).toMatchObject({ status: 404, outcome: "hit" });
    clock.advance(200);
    expect((await get("/a")).body).toBe("back");
  });

  it("404 by a heuristic is stored in rfc9111 where Last-Modified allows a guess, 500 never", async () => {
    for (const [status, outcome] of [
      [404, "stored"],
      [500, "not-stored"],
    ] as const) {
      const { origin, get } = scenario({ rules: { profile: "rfc9111" } });
      origin.replies(status, { "last-modified": "Thu, 01 Jan 2015 00:00:00 GMT" });
      expect((await get("/a")).outcome).toBe(outcome);
    }
  });
});
