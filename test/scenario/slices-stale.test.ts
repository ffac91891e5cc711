/** Slices that are stale are asked about, not fetched anew; and those that are stored answer who wants nothing else. */
import { describe, expect, it } from "vitest";
import type { FieldLine } from "../../core/http/fields.ts";
import { FILM, filming, MINUTE } from "./film.ts";

const ASKED = { range: "bytes=0-4" };
const LENIENT: readonly FieldLine[] = [["cache-control", "max-age=60, stale-while-revalidate=60, stale-if-error=600"]];
const V2 = { text: FILM.toUpperCase(), etag: '"v2"' };

describe("a stale slice", () => {
  it("is confirmed by the origin, and fresh again", async () => {
    const { get, clock, origin, asked } = filming();
    await get("/film", ASKED);
    clock.advance(61_000);
    expect(await get("/film", ASKED)).toMatchObject({ status: 206, body: "01234", outcome: "revalidated" });
    expect([origin.saw("if-none-match"), asked().at(-1)]).toEqual(['"v1"', "bytes=0-9"]);
    expect(await get("/film", { range: "bytes=5-9" })).toMatchObject({ body: "56789", outcome: "hit-range" });
    expect(origin.requests).toHaveLength(2);
  });

  it("is replaced by that slice of another version, and by no more", async () => {
    const { get, clock, asked } = filming([{}, V2, V2]);
    await get("/film", { range: "bytes=10-14" });
    clock.advance(61_000);
    expect(await get("/film", { range: "bytes=10-21" })).toMatchObject({
      body: V2.text.slice(10, 22),
      outcome: "revalidated-changed",
    });
    expect(asked()).toEqual(["bytes=10-19", "bytes=10-19", "bytes=20-29"]);
  });

  it("is asked about once for all who want it at once", async () => {
    const { get, request, clock, origin, settled } = filming();
    await get("/film", ASKED);
    clock.advance(61_000);
    const got = await Promise.all([1, 2, 3].map(() => request("GET", "/film", ASKED)));
    await settled();
    expect(got.map(({ body }) => body)).toEqual(["01234", "01234", "01234"]);
    expect(got.map(({ outcome }) => outcome).sort()).toEqual(["collapsed", "collapsed", "revalidated"]);
    expect(origin.requests).toHaveLength(2);
  });

  it("is not joined to what it does not belong to, though the origin has confirmed another one", async () => {
    const { get, clock, has } = filming([{}]);
    await get("/film", ASKED);
    clock.advance(61_000);
    has({}).answers(async () => ({ kind: "failure", failure: "reset", detail: "" }));
    await expect(get("/film", { range: "bytes=0-14" })).rejects.toThrow("cannot be had");
    has(V2);
    await expect(get("/film", { range: "bytes=0-14" })).rejects.toThrow("another version");
  });

  it("answers while it is refreshed behind the answer, where it may", async () => {
    const { get, clock, has, asked } = filming([{ fields: LENIENT }]);
    await get("/film", ASKED);
    clock.advance(90_000);
    has({ fields: LENIENT });
    expect(await get("/film", ASKED)).toMatchObject({ body: "01234", outcome: "stale-while-revalidate" });
    expect(asked()).toEqual(["bytes=0-9", "bytes=0-9"]);
    expect(await get("/film", ASKED)).toMatchObject({ outcome: "hit-range" });
  });

  it.each(["refused", "server-error"] as const)("stands in when the origin fails: %s", async (failure) => {
    const { get, clock, origin } = filming([{ fields: LENIENT }]);
    await get("/film", ASKED);
    clock.advance(200_000);
    if (failure === "refused") origin.fails(failure);
    else origin.replies(500);
    expect(await get("/film", ASKED)).toMatchObject({ status: 206, body: "01234", outcome: "stale-if-error" });
  });
});

describe("only-if-cached", () => {
  const CACHED = { "cache-control": "only-if-cached" };

  it("is answered from slices when all of them are stored", async () => {
    const { get, origin } = filming();
    await get("/film", { range: "bytes=0-24" });
    const got = await get("/film", { range: "bytes=5-24", ...CACHED });
    expect(got).toMatchObject({ status: 206, body: FILM.slice(5, 25), outcome: "hit-range" });
    expect(origin.requests).toHaveLength(3);
  });

  it.each(["bytes=5-34", "bytes=20-25,0-4", "bytes=30-31", "bytes=-5", "lines=0-1"])(
    "is refused when one is not: %s",
    async (range) => {
      const { get, origin } = filming();
      await get("/film", { range: "bytes=0-19" });
      expect(await get("/film", { range, ...CACHED })).toMatchObject({ status: 504, outcome: "only-if-cached" });
      expect(origin.requests).toHaveLength(2);
    },
  );

  it("is refused when the slice is stale", async () => {
    const { get, clock, origin } = filming([{ fields: MINUTE }]);
    await get("/film", ASKED);
    clock.advance(61_000);
    expect(await get("/film", { ...ASKED, ...CACHED })).toMatchObject({ status: 504, outcome: "only-if-cached" });
    expect(origin.requests).toHaveLength(1);
  });
});
