/** Purges of the ledger at an edge: what was fetched before is not used, shared or kept; what comes after is (DESIGN section 8). */
import { describe, expect, it, vi } from "vitest";
import { emptyPurges, type Purge } from "../../core/ledger/purges.ts";
import type { UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { scenario } from "./harness.ts";

const MINUTE = { "cache-control": "max-age=60, stale-while-revalidate=600", etag: '"1"' };
const EPOCH = "01J00000000000000000000000";

/** An edge that follows a ledger. */
function following() {
  const made = scenario();
  const { edge, clock } = made;
  let seq = 0;
  let table = emptyPurges();
  const adopt = () => {
    const state = { position: { epoch: EPOCH, seq }, purges: new Map([["example", table]]), floor: undefined };
    edge.purges.adopt(state, edge.invalidations.moment(clock.nowMs()));
  };
  adopt();
  const purgeAs = (soft: boolean, scope: Purge["scope"], ...values: string[]) => {
    seq += 1;
    const position = { epoch: EPOCH, seq };
    table = table.with({ scope, values, soft, settleSeconds: 0 }, { position, atMs: clock.nowMs() });
    adopt();
  };
  const purge = purgeAs.bind(undefined, false);
  const purgeSoftly = purgeAs.bind(undefined, true);
  return { ...made, purge, purgeSoftly };
}

describe("a soft purge", () => {
  it("makes what is stored stale at once: it is asked about with its validator, and a 304 makes it fresh", async () => {
    const { origin, get, purgeSoftly } = following();
    origin.replies(200, { "cache-control": "max-age=60", etag: '"1"' }, "kept");
    await get("/a");
    purgeSoftly("tag", "none of its");
    expect((await get("/a")).outcome).toBe("hit");
    purgeSoftly("url", "//www.example.com/a");
    origin.replies(304, { etag: '"1"', "cache-control": "max-age=60" });
    expect(await get("/a")).toMatchObject({ body: "kept", outcome: "revalidated" });
    expect(origin.saw("if-none-match")).toBe('"1"');
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("lets it be served while it is asked about, for as long as the origin allowed, counted from the purge", async () => {
    const { origin, get, purgeSoftly, clock } = following();
    origin.replies(200, { "cache-control": "max-age=600, stale-while-revalidate=10", etag: '"1"' }, "old");
    await get("/a");
    purgeSoftly("site");
    origin.replies(200, { "cache-control": "max-age=600, stale-while-revalidate=10" }, "new");
    expect(await get("/a")).toMatchObject({ body: "old", outcome: "stale-while-revalidate" });
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
    purgeSoftly("site");
    clock.advance(11_000);
    origin.replies(200, MINUTE, "newest");
    expect((await get("/a")).body).toBe("newest");
  });

  it("leaves it to stand in when the origin fails, unless it is never to be served stale; a hard one does not", async () => {
    const { origin, get, purge, purgeSoftly } = following();
    const inNeed = "max-age=600, stale-if-error=600";
    origin
      .replies(200, { "cache-control": inNeed }, "old")
      .replies(200, { "cache-control": `${inNeed}, must-revalidate` });
    await get("/a");
    await get("/strict");
    purgeSoftly("host", "www.example.com");
    origin.fails("refused").fails("refused").fails("refused");
    expect(await get("/a")).toMatchObject({ body: "old", outcome: "stale-if-error" });
    expect((await get("/strict")).status).toBeGreaterThanOrEqual(502);
    purge("url", "//www.example.com/a");
    expect((await get("/a")).status).toBeGreaterThanOrEqual(502);
  });
});

describe("a purge", () => {
  it.each([
    ["url", "//www.example.com/a/b?c=d"],
    ["tag", "red"],
    ["prefix", "//www.example.com/a"],
    ["host", "www.example.com"],
    ["site", undefined],
  ] as const)("by %s ends the use of what is stored, also while it is fresh", async (scope, value) => {
    const { origin, get, purge } = following();
    origin.replies(200, { ...MINUTE, "cache-tag": "blue, red" }, "old");
    await get("/a/b?c=d");
    expect((await get("/a/b?c=d")).outcome).toBe("hit");
    purge(scope, ...(value === undefined ? [] : [value]));
    origin.replies(200, MINUTE, "new");
    expect(await get("/a/b?c=d")).toMatchObject({ body: "new", outcome: "stored" });
    expect(origin.saw("if-none-match"), "what is gone is no validator").toBeUndefined();
    expect(await get("/a/b?c=d")).toMatchObject({ body: "new", outcome: "hit" });
  });

  it("leaves what it does not name", async () => {
    const { origin, get, purge } = following();
    origin.replies(200, { ...MINUTE, "surrogate-key": "blue" }, "old");
    await get("/a");
    purge("tag", "red");
    purge("url", "//www.example.com/b");
    expect((await get("/a")).outcome).toBe("hit");
  });

  it("beats a fetch that is under way: it is not joined, and what it brings is not kept", async () => {
    const { origin, request, get, purge, clock, settled } = following();
    let arrive = (): void => {};
    const old: UpstreamResult<ByteBody> = {
      kind: "response",
      head: {
        status: 200,
        fields: [
          ["date", new Date(clock.nowMs()).toUTCString()],
          ["cache-control", "max-age=60"],
        ],
      },
      body: Buffer.from("old"),
      closeDelimited: false,
    };
    origin.answers(
      () =>
        new Promise((resolve) => {
          arrive = () => resolve(old);
        }),
    );
    const before = request("GET", "/a");
    await vi.waitFor(() => expect(origin.requests).toHaveLength(1), { interval: 1 });
    purge("url", "//www.example.com/a");
    origin.replies(200, MINUTE, "new");
    expect((await get("/a")).body).toBe("new");
    arrive();
    expect((await before).body).toBe("old");
    await settled();
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });
});
