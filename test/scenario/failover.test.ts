/** Several origins: who is asked instead, who is spared, and what is served when none answers. */
import { describe, expect, it } from "vitest";
import type { SiteConfig } from "../../core/config/types.ts";
import { scenario } from "./harness.ts";

const PAIR: Partial<SiteConfig> = {
  origins: [{ url: "http://one.test" }, { url: "http://two.test", backup: true }],
};
const LONG_LIVED = { "cache-control": "max-age=60, stale-if-error=86400" };

describe("a pool of two", () => {
  it.each([502, 503, 504])("asks the other one after a %i, and hands on what is better", async (status) => {
    const { origin, get } = scenario({ config: PAIR });
    origin.replies(status, {}, "sick").replies(200, LONG_LIVED, "well");
    expect(await get("/a")).toMatchObject({ status: 200, body: "well", outcome: "stored" });
  });

  it("hands a bad answer on when the other one gives none or as bad a one", async () => {
    const { origin, get } = scenario({ config: PAIR });
    origin.replies(503, {}, "first").fails("refused");
    expect(await get("/a")).toMatchObject({ status: 503, body: "first" });
    origin.replies(503, {}, "first").replies(502, {}, "second");
    expect(await get("/b")).toMatchObject({ status: 502, body: "second" });
  });

  it("leaves other errors and unsafe methods alone", async () => {
    const { origin, get, request } = scenario({ config: PAIR });
    origin.replies(500, {}, "bug");
    expect(await get("/a")).toMatchObject({ status: 500 });
    origin.replies(503, {}, "busy");
    expect(await request("POST", "/a")).toMatchObject({ status: 503 });
    expect(origin.requests).toHaveLength(2);
  });

  it("asks as many as the site says", async () => {
    const origins = ["one", "two", "three"].map((name) => ({ url: `http://${name}.test` }));
    const none = scenario({ config: { origins, origin: { retries: 0, allowPrivate: true } } });
    none.origin.fails("refused");
    expect((await none.get("/a")).status).toBe(502);
    const both = scenario({ config: { origins, origin: { retries: 2, allowPrivate: true } } });
    both.origin.fails("refused").fails("first-byte-timeout").replies(200);
    expect((await both.get("/a")).status).toBe(200);
    expect(new Set(both.origin.requests.map(({ to }) => to.host)).size).toBe(3);
  });

  it("is not asked again under overload, nor beyond the budget", async () => {
    const loaded = scenario({ config: PAIR, mayRetry: () => false });
    loaded.origin.fails("reset");
    expect((await loaded.get("/a")).status).toBe(502);
    const spent = scenario({ config: PAIR, settings: { originRetriesPerSecondMin: 0 } });
    spent.origin.fails("reset");
    expect((await spent.get("/a")).status).toBe(502);
  });
});

describe("when no origin answers", () => {
  it("what is stored is served within its window, and nobody is asked in vain", async () => {
    const { origin, get, clock } = scenario();
    origin.replies(200, LONG_LIVED, "kept");
    await get("/kept");
    clock.advance(100_000);
    for (let index = 0; index < 20; index += 1) origin.fails("refused");
    for (let index = 0; index < 20; index += 1) expect(await get("/kept")).toMatchObject({ outcome: "stale-if-error" });
    const asked = origin.requests.length;
    for (let index = 0; index < 50; index += 1) expect(await get("/kept")).toMatchObject({ body: "kept", status: 200 });
    expect(origin.requests.length).toBe(asked);
    clock.advance(5000);
    origin.replies(200, LONG_LIVED);
    expect(await get("/kept")).toMatchObject({ outcome: "stored" });
    clock.advance(30_000);
    expect(await get("/kept")).toMatchObject({ outcome: "hit" });
  });

  it("a key for which nobody could be reached is answered alike for a second, others are asked for", async () => {
    const { origin, get, clock } = scenario({ limits: { errorHoldDownMs: 1000 } });
    origin.fails("refused");
    for (let index = 0; index < 5; index += 1) {
      expect(await get("/a")).toMatchObject({ status: 502, outcome: "origin-refused" });
    }
    origin.replies(200, LONG_LIVED);
    expect(await get("/b")).toMatchObject({ status: 200 });
    clock.advance(1000);
    origin.replies(200, LONG_LIVED);
    expect(await get("/a")).toMatchObject({ outcome: "stored" });
    expect(origin.requests).toHaveLength(3);
  });

  it.each(["reset", "malformed", "first-byte-timeout"] as const)(
    "a failure that one client may have brought about (%s) speaks for nobody else",
    async (failure) => {
      const { origin, get } = scenario({ limits: { errorHoldDownMs: 1000 } });
      origin.fails(failure).replies(200, LONG_LIVED);
      expect((await get("/a")).status).toBeGreaterThanOrEqual(500);
      expect(await get("/a")).toMatchObject({ status: 200 });
    },
  );

  it("a held key is answered from what is stored", async () => {
    const { origin, get, clock } = scenario({ limits: { errorHoldDownMs: 1000 } });
    origin.replies(200, LONG_LIVED, "kept").fails("refused");
    await get("/a");
    clock.advance(100_000);
    for (let index = 0; index < 5; index += 1) expect(await get("/a")).toMatchObject({ outcome: "stale-if-error" });
    expect(origin.requests).toHaveLength(2);
  });

  it("the site's own page is shown for what is not stored", async () => {
    const rules = [{ match: {}, errorPages: { "5xx": { body: "<p>back soon</p>", contentType: "text/html" } } }];
    const { origin, get } = scenario({ config: { ...PAIR, rules } });
    origin.fails("refused").fails("refused");
    expect(await get("/a")).toMatchObject({ status: 502, body: "<p>back soon</p>", outcome: "origin-refused" });
  });
});
