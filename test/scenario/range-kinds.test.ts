/** Ranges of all kinds, of what is not stored: suffixes, several at once, absurd ones; and origins that know none. */
import { describe, expect, it } from "vitest";
import { FILM, filming, part } from "./film.ts";
import { scenario } from "./harness.ts";

const WHOLE = { "cache-control": "max-age=60", "content-length": `${FILM.length}` };

describe("a suffix of what is not stored", () => {
  it("is the end of the object, whose first slice tells how long it is", async () => {
    const { get, asked } = filming();
    const got = await get("/film", { range: "bytes=-3" });
    expect(got).toMatchObject({ status: 206, body: "xyz", outcome: "stored" });
    expect(got.header("content-range")).toBe("bytes 32-34/35");
    expect(asked()).toEqual(["bytes=0-9", "bytes=30-39"]);
    expect(await get("/film", { range: "bytes=-4" })).toMatchObject({ body: "wxyz", outcome: "hit-range" });
  });

  it("that is longer than the object is all of it", async () => {
    const { get } = filming();
    expect(await get("/film", { range: "bytes=-99" })).toMatchObject({ status: 206, body: FILM });
  });

  it("of no bytes cannot be had", async () => {
    const { get } = filming();
    expect(await get("/film", { range: "bytes=-0" })).toMatchObject({ status: 416, outcome: "stored" });
  });

  it("is of the version that the origin has by then", async () => {
    const longer = { text: `${FILM}!?`, etag: '"v2"' };
    const { get } = filming([{}, longer]);
    expect(await get("/film", { range: "bytes=-3" })).toMatchObject({ status: 206, body: "z!?" });
  });
});

describe("a suffix of what becomes longer each time that the origin is asked", () => {
  it("is passed in the end, and what came last in place of a slice is left", async () => {
    const longer = { text: `${FILM}${FILM.slice(0, 20)}`, etag: '"v2"' };
    const { get, origin } = filming([{}, longer]);
    let isLeft = false;
    const body: AsyncIterableIterator<Uint8Array> = {
      next: () => new Promise(() => {}),
      return: () => {
        isLeft = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => body,
    };
    const head = { status: 200, fields: [["cache-control", "no-store"] as const] };
    origin.answers(async () => ({ kind: "response", head, body, closeDelimited: false }));
    origin.replies(206, { "content-range": "bytes 97-99/100" }, "end");
    expect(await get("/film", { range: "bytes=-3" })).toMatchObject({
      status: 206,
      body: "end",
      outcome: "pass-range",
    });
    expect(isLeft).toBe(true);
  });
});

describe("several ranges of what is not stored", () => {
  it("cost the slices that they lie in", async () => {
    const { get, asked } = filming();
    const got = await get("/film", { range: "bytes=31-32,2-3" });
    expect(got).toMatchObject({ status: 206, outcome: "stored" });
    expect(got.header("content-type")).toMatch(/^multipart\/byteranges; boundary=/);
    expect(Number(got.header("content-length"))).toBe(got.body.length);
    const parts = got.body.split(/\r\n--antipode-[a-z0-9]+(?:--)?\r\n/);
    expect(parts.filter((part) => part !== "").map((part) => part.replace("\r\n\r\n", " = "))).toEqual([
      "Content-Range: bytes 31-32/35 = wx",
      "Content-Range: bytes 2-3/35 = 23",
    ]);
    expect(asked()).toEqual(["bytes=0-9", "bytes=30-39"]);
    expect(await get("/film", { range: "bytes=0-1,33-34" })).toMatchObject({ status: 206, outcome: "hit-range" });
  });

  it("may end with a suffix", async () => {
    const { get, asked } = filming();
    const { body } = await get("/film", { range: "bytes=0-1,-2" });
    expect(body).toContain("bytes 0-1/35\r\n\r\n01\r\n");
    expect(body).toContain("bytes 33-34/35\r\n\r\nyz\r\n");
    expect(asked()).toEqual(["bytes=0-9", "bytes=30-39"]);
  });

  it("of which one exists are that one", async () => {
    const { get } = filming();
    expect(await get("/film", { range: "bytes=99-,0-1" })).toMatchObject({ status: 206, body: "01" });
  });

  it("of two versions are not mixed", async () => {
    const { get } = filming([{}, { text: FILM.toUpperCase(), etag: '"v2"' }]);
    await expect(get("/film", { range: "bytes=0-1,31-32" })).rejects.toThrow("another version");
  });
});

describe("an absurd range", () => {
  it.each([
    ["ten thousand", Array.from({ length: 10_000 }, (_, index) => `${2 * index}-${2 * index}`).join(",")],
    ["ten thousand malformed", Array.from({ length: 10_000 }, (_, index) => `${index + 1}-0`).join(",")],
    ["overlapping ones", "0-,1-,2-"],
    ["the same twice", "0-9,0-9"],
  ])("of %s is ignored: all of it is fetched, stored and answered", async (_, ranges) => {
    const { get, origin } = scenario();
    origin.replies(200, WHOLE, FILM);
    const got = await get("/film", { range: `bytes=${ranges}`, "if-range": '"v1"' });
    expect(got).toMatchObject({ status: 200, body: FILM, outcome: "stored" });
    expect([origin.saw("range"), origin.saw("if-range")]).toEqual([undefined, undefined]);
  });

  it.each(["18446744073709551616-", "18446744073709551615-18446744073709551616", `${"9".repeat(400)}-`])(
    "from byte %s on lies outside, and never reaches the origin",
    async (range) => {
      const { get, asked } = filming();
      const got = await get("/film", { range: `bytes=${range}` });
      expect(got.status).toBe(416);
      expect(got.header("content-range")).toBe("bytes */35");
      expect(asked()).toEqual(["bytes=0-9"]);
    },
  );

  it("to byte 2^64 ends with the object", async () => {
    const { get } = filming();
    expect(await get("/film", { range: "bytes=30-18446744073709551616" })).toMatchObject({ body: FILM.slice(30) });
  });
});

describe("an origin that knows no ranges", () => {
  const RANGES = ["bytes=0-4", "bytes=12-15", "bytes=33-", "bytes=-2", "bytes=12-15"];

  it("is asked once by all who ask at once, and each gets its part", async () => {
    const { request, origin, settled, get } = filming([]);
    origin.replies(200, WHOLE, FILM);
    const got = await Promise.all(RANGES.map((range) => request("GET", "/film", { range })));
    await settled();
    expect(got.map(({ status, body }) => [status, body])).toEqual([
      [206, "01234"],
      [206, "cdef"],
      [206, "yz"],
      [206, "yz"],
      [206, "cdef"],
    ]);
    expect(got.map(({ outcome }) => outcome).sort()).toEqual([...Array(4).fill("collapsed"), "stored"]);
    expect(await get("/film", { range: "bytes=1-2" })).toMatchObject({ body: "12", outcome: "hit-range" });
    expect(origin.requests).toHaveLength(1);
  });

  it("is asked once for a whole of unknown length too: all get that", async () => {
    const { request, origin, settled } = filming([]);
    origin.replies(200, { "cache-control": "max-age=60" }, FILM);
    const got = await Promise.all(RANGES.map((range) => request("GET", "/film", { range })));
    await settled();
    expect(got.map(({ status, body }) => [status, body])).toEqual(RANGES.map(() => [200, FILM]));
    expect(origin.requests).toHaveLength(1);
  });

  it("is asked by each when what it sends may not be shared, and nobody waits for that again", async () => {
    const { request, origin, settled, asked } = filming([]);
    for (let time = 0; time < 3; time += 1) origin.replies(200, { "cache-control": "private" }, FILM);
    const got = await Promise.all(["bytes=0-4", "bytes=12-15"].map((range) => request("GET", "/film", { range })));
    await settled();
    expect(got.map(({ body, outcome }) => [body, outcome])).toEqual([
      [FILM, "pass-range"],
      [FILM, "pass-range"],
    ]);
    await request("GET", "/film", { range: "bytes=20-21" });
    expect(asked()).toEqual(["bytes=0-9", "bytes=12-15", "bytes=20-21"]);
  });

  it("fails: one other tries at a time, then all are told", async () => {
    const { request, origin, edge, settled } = filming([]);
    let fail = (): void => {};
    const asked = new Promise<void>((resolve) => {
      fail = resolve;
    });
    origin.answers(async () => {
      await asked;
      return { kind: "failure", failure: "first-byte-timeout", detail: "" };
    });
    for (let time = 0; time < 2; time += 1) origin.fails("first-byte-timeout");
    const asking = RANGES.map((range) => request("GET", "/film", { range }));
    // Each who waits takes at least 2 KiB.
    await expect.poll(() => edge.flights.waitingBytes).toBeGreaterThan(4 * 2_048);
    fail();
    const got = await Promise.all(asking);
    await settled();
    expect(got.map(({ outcome }) => outcome)).toEqual(RANGES.map(() => "origin-timeout"));
  });
});

describe("an origin of which it is known that it knows ranges", () => {
  it("is asked for several slices at once", async () => {
    const { get, request, origin, settled } = filming([{}]);
    await get("/film", { range: "bytes=0-1" });
    const release: (() => void)[] = [];
    for (let time = 0; time < 2; time += 1) {
      origin.answers((asked) => new Promise((resolve) => release.push(() => resolve(part(asked)))));
    }
    const both = ["bytes=12-13", "bytes=22-23"].map((range) => request("GET", "/film", { range }));
    await expect.poll(() => release.length).toBe(2);
    for (const go of release) go();
    expect((await Promise.all(both)).map(({ body }) => body)).toEqual(["cd", "CD"]);
    await settled();
  });
});
