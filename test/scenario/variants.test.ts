/** Variants: what the Vary of a response tells apart under one key, and how many there may be. */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const FRESH = { "cache-control": "max-age=60" };

describe("Accept-Encoding selects", () => {
  const varied = { ...FRESH, vary: "Accept-Encoding" };
  const encoded = (coding: string) => ({ ...varied, "content-encoding": coding });

  it("by what is liked better than what, however it is written", async () => {
    const { get, origin } = scenario();
    origin.replies(200, encoded("br"), "br").replies(200, encoded("gzip"), "gzip").replies(200, varied, "plain");
    await get("/a", { "accept-encoding": "gzip, br" });
    await get("/a", { "accept-encoding": "gzip, br;q=0.5" });
    await get("/a", { "accept-encoding": "gzip;q=0" });
    const body = async (accepted: string) => (await get("/a", { "accept-encoding": accepted })).body;
    expect(await body("BR , gzip")).toBe("br");
    expect(await body("br, gzip, sdch")).toBe("br");
    expect(await body("gzip, br;q=0.900")).toBe("gzip");
    expect(await body("identity")).toBe("plain");
    expect(await body("")).toBe("plain");
    expect(origin.requests).toHaveLength(3);
  });

  it("and the origin is asked again where the order is another one, or nothing is said", async () => {
    const { get, origin } = scenario();
    for (let number = 1; number <= 3; number += 1) origin.replies(200, varied, `${number}`);
    await get("/a", { "accept-encoding": "gzip, br" });
    expect((await get("/a", { "accept-encoding": "br, gzip;q=0.9" })).body).toBe("2");
    expect((await get("/a")).body).toBe("3");
  });

  it("and a coding that nobody registered answers only those who name it", async () => {
    const { get, origin } = scenario();
    origin.replies(200, encoded("foo"), "foo").replies(200, encoded("gzip"), "gzip");
    await get("/a", { "accept-encoding": "foo, gzip;q=0.5" });
    expect((await get("/a", { "accept-encoding": "foo, gzip;q=0.5" })).body).toBe("foo");
    expect((await get("/a", { "accept-encoding": "gzip" })).body).toBe("gzip");
  });
});

describe("Accept-Language selects", () => {
  it("by its order, and by the one language that is liked best", async () => {
    const { get, origin } = scenario();
    const varied = { ...FRESH, vary: "Accept-Language", "content-language": "de" };
    origin.replies(200, varied, "de");
    await get("/a", { "accept-language": "de-AT, de;q=0.9, en;q=0.8" });
    expect((await get("/a", { "accept-language": "de-at,de;q=0.7,en;q=0.3" })).outcome).toBe("hit");
    expect((await get("/a", { "accept-language": "de, fr;q=0.5" })).outcome).toBe("hit");
    origin.replies(200, { ...varied, "content-language": "fr" }, "fr");
    expect((await get("/a", { "accept-language": "fr, de;q=0.5" })).body).toBe("fr");
  });
});

describe("other fields select", () => {
  it("by their bytes, lines joined and spaces between members taken out", async () => {
    const { get, origin } = scenario();
    origin.replies(200, { ...FRESH, vary: "X-Plan, X-Plan" }, "1").replies(200, { ...FRESH, vary: "X-Plan" }, "2");
    await get("/a", { "x-plan": "a, b" });
    expect((await get("/a", { "x-plan": ["a", "b"] })).body).toBe("1");
    expect((await get("/a", { "x-plan": "b, a" })).body).toBe("2");
  });

  it("not where they are in the key already: whatever a client sends in them, the origin does not see it", async () => {
    const { get, origin } = scenario();
    origin.replies(200, { ...FRESH, vary: "Host, X-Forwarded-Proto, X-Forwarded-Host, X-Antipode-Country" }, "1");
    await get("/a", { "x-forwarded-proto": "gopher" });
    expect((await get("/a", { "x-forwarded-host": "evil.example", "x-antipode-country": "FR" })).outcome).toBe("hit");
  });

  it.each(["X-Forwarded-For", "Via", "CDN-Loop, Accept", "traceparent"])(
    "not at all where they are others for each request: with Vary: %s nothing is stored",
    async (vary) => {
      const { get, origin } = scenario();
      origin.replies(200, { ...FRESH, vary }, "1").replies(200, { ...FRESH, vary }, "2");
      const got = await get("/a");
      expect(got.header("cache-status")).toContain("detail=not-stored; reason=vary-request");
      expect((await get("/a")).body).toBe("2");
    },
  );
});

describe("bounds of variants", () => {
  it.each([
    ["*", "vary-star"],
    ["Accept, *", "vary-star"],
    ["a, b, c, d, e", "vary-too-many"],
    ["a, b, c, d, e, f, g, h, i, j", "vary-too-many"],
  ])("with Vary: %s nothing is stored, and the outcome says why", async (vary, reason) => {
    const { get, origin } = scenario();
    origin.replies(200, { ...FRESH, vary }).replies(200, { ...FRESH, vary });
    const got = await get("/a");
    expect([got.outcome, got.record.reason]).toEqual(["not-stored", reason]);
    expect((await get("/a")).outcome).toBe("hit-for-pass");
  });

  it("four fields are stored, also when others are named twice or are in the key", async () => {
    const { get, origin } = scenario();
    origin.replies(200, { ...FRESH, vary: "a, b, A, c, Host, d, X-Forwarded-Proto" });
    await get("/a");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("sixteen are kept; who brings one more is told, and the one unused for longest goes", async () => {
    const { get, origin } = scenario();
    const ask = (plan: number) => get("/a", { "x-plan": `${plan}` });
    for (let plan = 0; plan < 40; plan += 1) {
      origin.replies(200, { ...FRESH, vary: "x-plan" }, `${plan}`);
      expect((await ask(plan)).outcome).toBe(plan < 16 ? "stored" : "stored-variant-dropped");
      // Everybody's favourite stays, however many come.
      expect((await ask(0)).outcome).toBe("hit");
    }
    origin.replies(200, { ...FRESH, vary: "x-plan" }, "again");
    expect((await ask(1)).body).toBe("again");
    expect((await ask(39)).outcome).toBe("hit");
  });

  it("a hundred encodings are few variants", async () => {
    const { get, origin } = scenario();
    origin.replies(200, { ...FRESH, vary: "accept-encoding", "content-encoding": "gzip" });
    const outcomes = new Set<string>();
    for (let coding = 0; coding < 100; coding += 1) {
      outcomes.add((await get("/a", { "accept-encoding": `gzip;q=0.${coding + 1}, coding-${coding};q=0.5` })).outcome);
    }
    expect([...outcomes]).toEqual(["stored", "hit"]);
  });
});
