/** Ranges of what is not stored: slices, bound to one version, fetched as far as they are read. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { UpstreamRequest } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { FILM, filming, MINUTE, part, SLICE, type Version } from "./film.ts";
import { scenario } from "./harness.ts";

describe("a range of what is not stored", () => {
  it("is fetched as the slices that it lies in, and those are stored", async () => {
    const { get, asked } = filming();
    const first = await get("/film", { range: "bytes=12-25" });
    expect(first).toMatchObject({ status: 206, body: FILM.slice(12, 26), outcome: "stored" });
    expect(first.header("content-range")).toBe("bytes 12-25/35");
    expect(first.header("content-length")).toBe("14");
    expect(asked()).toEqual(["bytes=10-19", "bytes=20-29"]);
    const again = await get("/film", { range: "bytes=15-20" });
    expect(again).toMatchObject({ status: 206, body: FILM.slice(15, 21), outcome: "hit-range" });
    expect(asked()).toHaveLength(2);
  });

  it("is completed by what of it is not stored yet, and by nothing else (RFC 9111 §3.3)", async () => {
    const { get, asked } = filming();
    await get("/film", { range: "bytes=12-13" });
    expect(await get("/film", { range: "bytes=5-34" })).toMatchObject({ body: FILM.slice(5), outcome: "stored" });
    expect(asked()).toEqual(["bytes=10-19", "bytes=0-9", "bytes=20-29", "bytes=30-39"]);
    expect(await get("/film", { range: "bytes=0-" })).toMatchObject({ status: 206, body: FILM, outcome: "hit-range" });
    expect(asked()).toHaveLength(4);
  });

  it("may end with the object, which tells its own length", async () => {
    const { get, asked } = filming();
    expect(await get("/film", { range: "bytes=28-" })).toMatchObject({ status: 206, body: FILM.slice(28) });
    expect(asked()).toEqual(["bytes=20-29", "bytes=30-39"]);
    expect(await get("/film", { range: "bytes=35-" })).toMatchObject({
      status: 416,
      outcome: "hit-range-unsatisfiable",
    });
    expect((await get("/film", { range: "bytes=99-" })).status).toBe(416);
  });

  it("makes the whole of it stored when that is no longer than a slice", async () => {
    const { get, origin } = filming([{ text: "short" }]);
    expect(await get("/a", { range: "bytes=1-2" })).toMatchObject({ status: 206, body: "ho" });
    expect(await get("/a")).toMatchObject({ status: 200, body: "short", outcome: "hit" });
    expect(origin.requests).toHaveLength(1);
  });

  it("shares its slices among all who ask at once", async () => {
    const { request, origin, settled } = filming();
    const got = await Promise.all(
      ["bytes=0-4", "bytes=5-9", "bytes=2-7"].map((range) => request("GET", "/film", { range })),
    );
    await settled();
    expect(got.map(({ body }) => body)).toEqual(["01234", "56789", "234567"]);
    expect(got.map(({ outcome }) => outcome).sort()).toEqual(["collapsed", "collapsed", "stored"]);
    expect(origin.requests).toHaveLength(1);
  });

  it("is fetched again after an unsafe request", async () => {
    const { get, request, origin, settled } = filming([{}]);
    await get("/film", { range: "bytes=0-4" });
    origin.replies(204);
    await request("POST", "/film", {}, { body: "x" });
    await settled();
    origin.answers(async (asked) => part(asked, { text: FILM.toUpperCase(), etag: '"v2"' }));
    expect(await get("/film", { range: "bytes=10-14" })).toMatchObject({ body: "ABCDE" });
    origin.answers(async (asked) => part(asked, { text: FILM.toUpperCase(), etag: '"v2"' }));
    expect(await get("/film", { range: "bytes=0-4" })).toMatchObject({ body: "01234", outcome: "stored" });
  });
});

describe("slices of two versions", () => {
  const v2 = { text: FILM.toUpperCase(), etag: '"v2"' };

  it("are never mixed: the answer breaks off where the other one begins", async () => {
    const { get, origin } = filming([{}, v2]);
    await expect(get("/film", { range: "bytes=5-15" })).rejects.toThrow("another version");
    // What was fetched before the break is not used again, whichever version it is of.
    origin.answers(async (asked) => part(asked, v2)).answers(async (asked) => part(asked, v2));
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({ body: v2.text.slice(5, 16) });
    expect(origin.requests).toHaveLength(4);
  });

  it("do not break an answer whose origin has one: what is stored of the other is fetched anew", async () => {
    const { get, clock } = filming([{}, v2, v2]);
    await get("/film", { range: "bytes=10-14" });
    clock.advance(1_000);
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({ body: v2.text.slice(5, 16) });
  });

  const dated = (modified: string): readonly FieldLine[] => [
    ...MINUTE,
    ["last-modified", `Thu, 01 Jan 2026 00:00:${modified} GMT`],
    ["date", "Fri, 02 Jan 2026 00:00:00 GMT"],
  ];

  it("are known by their date where they have no tag", async () => {
    const { get, asked } = filming([0, 1, 2].map(() => ({ etag: "", fields: dated("00") })));
    expect(await get("/film", { range: "bytes=12-25" })).toMatchObject({ body: FILM.slice(12, 26), outcome: "stored" });
    expect(await get("/film", { range: "bytes=15-20" })).toMatchObject({ outcome: "hit-range" });
    expect(asked()).toEqual(["bytes=10-19", "bytes=20-29"]);
  });

  it.each([
    ["another date", { etag: "", fields: dated("01"), text: v2.text }],
    ["a tag", { ...v2, fields: dated("00") }],
    ["a weak tag", { ...v2, etag: 'W/"v1"', fields: dated("00") }],
    ["no date any more", { etag: "", text: v2.text }],
  ])("are not mixed where the second one has %s", async (_, version) => {
    const { get } = filming([{ etag: "", fields: dated("00") }, version]);
    await expect(get("/film", { range: "bytes=5-15" })).rejects.toThrow("another version");
  });

  it("differ in length too", async () => {
    const { get } = filming([{}, { text: `${FILM}!` }]);
    await expect(get("/film", { range: "bytes=5-15" })).rejects.toThrow("another version");
  });
});

describe("what slices cannot answer", () => {
  it.each<[string, Version]>([
    ["has no validator", { etag: "" }],
    [
      "was modified just now, and has no tag",
      {
        etag: "",
        fields: [
          ...MINUTE,
          ["last-modified", "Thu, 01 Jan 2026 00:00:30 GMT"],
          ["date", "Thu, 01 Jan 2026 00:01:00 GMT"],
        ],
      },
    ],
    ["has a weak tag", { etag: 'W/"v1"' }],
    ["may not be stored", { fields: [["cache-control", "private"]] }],
  ])("is passed when the object %s, and remembered", async (_, version) => {
    const { get, asked } = filming([version, version, version]);
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({
      status: 206,
      body: FILM.slice(5, 16),
      outcome: "pass-range",
    });
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({
      body: FILM.slice(5, 16),
      outcome: "pass-range",
    });
    expect(asked()).toEqual(["bytes=0-9", "bytes=5-15", "bytes=5-15"]);
  });

  it("is answered from the one slice that came, when the range lies in it", async () => {
    const { get, asked } = filming([{ fields: [["cache-control", "private"]] }]);
    const got = await get("/film", { range: "bytes=12-15" });
    expect(got).toMatchObject({ status: 206, body: FILM.slice(12, 16), outcome: "pass-range" });
    expect(got.header("content-range")).toBe("bytes 12-15/35");
    expect(asked()).toEqual(["bytes=10-19"]);
  });

  it("is the whole where the origin knows no ranges: it is stored, and parts of it are hits", async () => {
    const { get, origin } = filming([]);
    origin.replies(200, { "cache-control": "max-age=60" }, FILM);
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({ status: 200, body: FILM, outcome: "stored" });
    expect(await get("/film", { range: "bytes=5-15" })).toMatchObject({ status: 206, outcome: "hit-range" });
  });

  it("is a whole too long for the store: it is said not to be stored", async () => {
    const { origin, get } = scenario({ limits: { sliceBytes: SLICE, memoryObjectMaxBytes: 20 } });
    origin.replies(200, { "cache-control": "max-age=60", "content-length": `${FILM.length}` }, FILM);
    const got = await get("/film", { range: "bytes=5-15" });
    expect(got).toMatchObject({ status: 206, body: FILM.slice(5, 16), outcome: "not-stored" });
    expect(got.header("content-range")).toBe("bytes 5-15/35");
  });

  it.each(["lines=1-2", "bytes=9-5", "bytes=a-b"])("is a range like %s", async (range) => {
    const { get, origin, asked } = filming([]);
    origin.replies(200, {}, FILM);
    expect(await get("/film", { range })).toMatchObject({ outcome: "pass-range" });
    expect(asked()).toEqual([range]);
  });

  it("is a range on a condition that does not hold: the origin decides", async () => {
    const { get, origin } = filming([{}]);
    origin.replies(200, { etag: '"v1"' }, FILM);
    expect(await get("/film", { range: "bytes=5-9", "if-range": '"v0"' })).toMatchObject({ status: 200, body: FILM });
    expect(origin.saw("if-range")).toBe('"v0"');
    expect(await get("/film", { range: "bytes=5-9", "if-range": '"v1"' })).toMatchObject({
      status: 206,
      outcome: "hit-range",
    });
  });

  it("is an error or a redirect, which is passed on", async () => {
    const { get, origin } = filming([]);
    origin.replies(404, {}, "none").replies(503, {}, "busy");
    expect(await get("/film", { range: "bytes=5-9" })).toMatchObject({ status: 404, body: "none" });
    expect(await get("/film", { range: "bytes=5-9" })).toMatchObject({ status: 503, body: "busy" });
  });

  it("is a slice that is cut: nothing of it is stored", async () => {
    const { get, origin, settled } = filming([]);
    const cut = async (asked: UpstreamRequest<ByteBody>) => {
      const whole = part(asked, { length: false });
      return whole.kind === "response" ? { ...whole, body: new TextEncoder().encode("01234") } : whole;
    };
    origin.answers(cut).answers(async (asked) => part(asked));
    await expect(get("/film", { range: "bytes=0-7" })).rejects.toThrow("ended before");
    await settled();
    expect(await get("/film", { range: "bytes=0-7" })).toMatchObject({ body: "01234567", outcome: "stored" });
  });
});

describe("slices that others use", () => {
  it.each([{ "cache-control": "no-store" }, { authorization: "Basic eDp5" }])(
    "are not given up since one request may not share them: %o",
    async (fields) => {
      const { get, asked } = filming();
      await get("/film", { range: "bytes=2-4", ...fields });
      expect(await get("/film", { range: "bytes=2-4" })).toMatchObject({ body: "234", outcome: "stored" });
      expect(asked().at(-1)).toBe("bytes=0-9");
    },
  );

  it("stay when the origin fails in the middle of an answer", async () => {
    const { get, origin } = filming([{}]);
    await get("/film", { range: "bytes=0-4" });
    for (let attempt = 0; attempt < 4; attempt += 1) origin.fails("first-byte-timeout");
    await expect(get("/film", { range: "bytes=5-14" })).rejects.toThrow();
    expect(await get("/film", { range: "bytes=0-4" })).toMatchObject({ body: "01234", outcome: "hit-range" });
  });

  it("stay when a client leaves in the middle of its answer", async () => {
    const { get, origin, request, settled } = filming([{}]);
    await get("/film", { range: "bytes=0-4" });
    const cancellation = new Cancellation();
    origin.answers(
      (asked) =>
        new Promise((resolve) => {
          asked.cancellation.onCancel(() => resolve({ kind: "failure", failure: "cancelled", detail: "left" }));
          queueMicrotask(() => cancellation.cancel());
        }),
    );
    await expect(request("GET", "/film", { range: "bytes=5-14" }, { cancellation })).rejects.toThrow();
    await settled();
    expect(await get("/film", { range: "bytes=0-4" })).toMatchObject({ body: "01234", outcome: "hit-range" });
  });

  it("that end early do not let the next one move up into their place", async () => {
    const { get, origin } = filming([]);
    origin
      .answers(async (asked) => {
        const whole = part(asked, { length: false });
        return whole.kind === "response" ? { ...whole, body: new TextEncoder().encode("01234") } : whole;
      })
      .answers(async (asked) => part(asked));
    await expect(get("/film", { range: "bytes=0-14" })).rejects.toThrow("ended before");
  });
});
