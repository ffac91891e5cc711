/** `X-Antipode: origin-off` with the debug token: what would be served with the origin gone, and nothing else happens. */
import { describe, expect, it } from "vitest";
import { scenario } from "./harness.ts";

const TOKEN = "a-token-of-sixteen-and-more";
const DRILL = { "x-antipode": "origin-off", "x-antipode-debug": TOKEN };
const RULES = [{ match: {}, errorPages: { "5xx": { body: "<p>back soon</p>" } } }];

describe("a drill", () => {
  it("answers what is stored, fresh or stale, as if the origin were gone, and does not touch it", async () => {
    const { origin, get, clock } = scenario({ debugToken: TOKEN });
    origin.replies(
      200,
      { "cache-control": "max-age=60, stale-while-revalidate=60, stale-if-error=600", etag: '"1"' },
      "kept",
    );
    await get("/a");
    expect(await get("/a", DRILL)).toMatchObject({ status: 200, outcome: "hit", body: "kept" });
    clock.advance(90_000);
    expect(await get("/a", DRILL)).toMatchObject({ status: 200, outcome: "stale-while-revalidate" });
    clock.advance(90_000);
    const stale = await get("/a", DRILL);
    expect(stale).toMatchObject({ status: 200, outcome: "stale-if-error", body: "kept" });
    expect(stale.header("x-antipode")).toBe("origin-off");
    clock.advance(1_000_000);
    expect(await get("/a", DRILL)).toMatchObject({ status: 502, outcome: "origin-refused" });
    expect(origin.requests).toHaveLength(1);
  });

  it("shows the site's own page for what is not stored, whatever is asked for", async () => {
    const { origin, get, request } = scenario({ debugToken: TOKEN, config: { rules: RULES } });
    const gone = { status: 502, body: "<p>back soon</p>", outcome: "origin-refused" };
    expect(await get("/never", DRILL)).toMatchObject(gone);
    expect(await get("/never", { ...DRILL, range: "bytes=0-9" })).toMatchObject(gone);
    expect(await request("POST", "/form", DRILL, { body: "x" })).toMatchObject(gone);
    expect(await request("HEAD", "/never", DRILL)).toMatchObject({ status: 502 });
    expect(origin.requests).toHaveLength(0);
  });

  it("leaves no trace: not in the store, nor in what is known of the origin", async () => {
    const { origin, edge, get } = scenario({ debugToken: TOKEN, limits: { errorHoldDownMs: 1000 } });
    origin.replies(200, { "cache-control": "max-age=60" }, "kept");
    await get("/a");
    const before = JSON.stringify([edge.store.usage(), edge.pools.entries().map(({ pool }) => pool.status())]);
    for (let index = 0; index < 30; index += 1) await get(`/${index}`, DRILL);
    expect(JSON.stringify([edge.store.usage(), edge.pools.entries().map(({ pool }) => pool.status())])).toBe(before);
    origin.replies(200, { "cache-control": "max-age=60" });
    expect(await get("/0")).toMatchObject({ outcome: "stored" });
  });

  it("is for those with the token alone; the field never reaches an origin", async () => {
    const { origin, get } = scenario({ debugToken: TOKEN });
    for (const headers of [{ "x-antipode": "origin-off" }, { ...DRILL, "x-antipode-debug": "wrong" }]) {
      origin.replies(200, { "cache-control": "no-store" });
      const got = await get("/a", headers);
      expect(got).toMatchObject({ status: 200, body: "body" });
      expect([got.header("x-antipode"), origin.saw("x-antipode"), origin.saw("x-antipode-debug")]).toEqual(
        Array(3).fill(undefined),
      );
    }
    const none = scenario();
    none.origin.replies(200);
    expect((await none.get("/a", DRILL)).status).toBe(200);
  });
});
