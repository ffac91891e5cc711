/**
 * The rules of purging by position (docs/purge.md), one by one, at an edge. Rule 4 (when "applied" is said) and rule 6 (after a
 * restart) are in test/ledger/, rule 7 (unsafe methods) is in invalidation.test.ts.
 */
import { describe, expect, it, vi } from "vitest";
import { emptyPurges, type Purge } from "../../core/ledger/purges.ts";
import type { UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../../runtime/memory/bodies.ts";
import { arrivals } from "./arrivals.ts";
import { scenario } from "./harness.ts";

const EPOCH = "01J00000000000000000000000";
const MINUTE = { "cache-control": "max-age=60", etag: '"1"' };

/** An edge that follows a ledger; `after` is the one before a restart. */
function following(
  options: Parameters<typeof scenario>[0] = {},
  limits: Parameters<typeof emptyPurges>[0] = undefined,
) {
  const made = scenario(options);
  const { edge, clock } = made;
  let seq = 0;
  let table = emptyPurges(limits);
  const adopt = (): void => {
    const state = { position: { epoch: EPOCH, seq }, purges: new Map([["example", table]]), floor: undefined };
    edge.purges.adopt(state, edge.invalidations.moment(clock.nowMs()));
  };
  adopt();
  const purge = (scope: Purge["scope"], values: readonly string[] = [], more: Partial<Purge> = {}): void => {
    seq += 1;
    const at = { position: { epoch: EPOCH, seq }, atMs: clock.nowMs() };
    table = table.with({ scope, values, soft: false, settleSeconds: 0, ...more }, at);
    adopt();
  };
  /** The origin's next answer comes when the returned function is called. */
  const slowly = (status: number, fields: Record<string, string>, body = ""): (() => void) => {
    let arrive = (): void => {};
    const result: UpstreamResult<ByteBody> = {
      kind: "response",
      head: { status, fields: [["date", new Date(clock.nowMs()).toUTCString()], ...Object.entries(fields)] },
      body: status === 304 ? undefined : Buffer.from(body),
      closeDelimited: false,
    };
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    made.origin.answers(() => arrived.then(() => result));
    return () => arrive();
  };
  const asked = (count: number) => vi.waitFor(() => expect(made.origin.requests).toHaveLength(count), { interval: 1 });
  return { ...made, purge, slowly, asked };
}

describe("rule 1: what is stored starts where its request was handed to the origin", () => {
  it("a 304 to what was asked before a purge does not move what is stored behind it", async () => {
    const { origin, get, request, purge, slowly, asked, clock } = following();
    origin.replies(200, MINUTE, "old");
    await get("/a");
    clock.advance(61_000);
    const arrive = slowly(304, MINUTE);
    const before = request("GET", "/a");
    await asked(2);
    purge("url", ["//www.example.com/a"]);
    origin.replies(200, MINUTE, "new").replies(200, MINUTE, "new");
    arrive();
    expect((await before).status).toBe(200);
    expect((await get("/a")).body).toBe("new");
  });

  it("who takes over for a fetch that failed does not bring back what was purged meanwhile", async () => {
    const { edge, origin, get, request, purge, slowly, asked, clock, settled } = following();
    origin.replies(200, { "cache-control": "max-age=60, must-revalidate", etag: '"1"' }, "old");
    await get("/a");
    clock.advance(61_000);
    let fail = (): void => {};
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    origin.answers(() => failed.then(() => ({ kind: "failure", failure: "reset", detail: "scripted" })));
    const arrived = arrivals(edge);
    const [first, second] = [request("GET", "/a"), request("GET", "/a")];
    await asked(2);
    await arrived(2);
    // What it has found it takes to the flight of the other in the turns after.
    await new Promise((resolve) => setTimeout(resolve));
    purge("url", ["//www.example.com/a"]);
    // Not every store keeps more than milliseconds of when something was asked for; in doubt it is older than the purge.
    clock.advance(1);
    const arrive = slowly(200, MINUTE, "new");
    fail();
    await asked(3);
    expect(origin.saw("if-none-match"), "what is gone is no validator").toBeUndefined();
    arrive();
    expect((await first).status).toBeGreaterThanOrEqual(502);
    expect((await second).body).toBe("new");
    await settled();
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });

  it("a 304 does not put what was asked about in the place of what came later", async () => {
    const { origin, get, request, slowly, asked, clock } = following();
    origin.replies(200, { ...MINUTE, etag: '"1"' }, "old");
    await get("/a");
    clock.advance(61_000);
    const arrive = slowly(304, { ...MINUTE, etag: '"1"' });
    const head = request("HEAD", "/a");
    await asked(2);
    origin.replies(200, { ...MINUTE, etag: '"2"' }, "new");
    expect((await request("GET", "/a")).body).toBe("new");
    arrive();
    await head;
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "hit" });
  });
});

describe("rule 2: hard is gone, soft is stale", () => {
  it("an answer to HEAD that was purged meanwhile updates nothing", async () => {
    const { origin, get, request, purge, slowly, asked, clock } = following();
    origin.replies(200, MINUTE, "old");
    await get("/a");
    clock.advance(61_000);
    const arrive = slowly(200, MINUTE);
    const head = request("HEAD", "/a");
    await asked(2);
    purge("tag", ["none"]);
    purge("site");
    arrive();
    await head;
    origin.replies(200, MINUTE, "new");
    expect(await get("/a")).toMatchObject({ body: "new", outcome: "stored" });
  });
});

describe("rule 3: who asks after a purge does not share a fetch from before it", () => {
  it("also when its tag shows only in the answer; all who ask after it share one", async () => {
    const { origin, request, purge, slowly, asked, settled } = following();
    const tagged = { ...MINUTE, "cache-tag": "red" };
    const [arriveOld, arriveNew] = [slowly(200, tagged, "old"), slowly(200, tagged, "new")];
    const before = request("GET", "/a");
    await asked(1);
    purge("tag", ["red"]);
    const after = [request("GET", "/a"), request("GET", "/a"), request("GET", "/a")];
    await asked(2);
    arriveOld();
    expect((await before).body).toBe("old");
    arriveNew();
    for (const one of after) expect((await one).body).toBe("new");
    await settled();
    expect(origin.requests).toHaveLength(2);
  });
});

describe("rule 5: everything that is stored carries its start", () => {
  it("each variant", async () => {
    const { origin, get, purge } = following();
    const vary = { ...MINUTE, vary: "accept-language" };
    origin.replies(200, vary, "en").replies(200, vary, "de");
    await get("/a", { "accept-language": "en" });
    await get("/a", { "accept-language": "de" });
    purge("url", ["//www.example.com/a"]);
    origin.replies(200, vary, "new en").replies(200, vary, "new de");
    expect((await get("/a", { "accept-language": "de" })).body).toBe("new en");
    expect((await get("/a", { "accept-language": "en" })).body).toBe("new de");
  });

  it("and a redirect", async () => {
    const { origin, get, purge } = following();
    origin.replies(301, { ...MINUTE, location: "/b" });
    await get("/a");
    expect((await get("/a")).outcome).toBe("hit");
    purge("host", ["www.example.com"]);
    origin.replies(200, MINUTE, "new");
    expect((await get("/a")).body).toBe("new");
  });
});

describe("rule 8: tags are kept whole or the response is not kept", () => {
  it("129 of them are too many", async () => {
    const { origin, get } = following();
    const tags = Array.from({ length: 129 }, (_, index) => `t${index}`).join(",");
    origin.replies(200, { ...MINUTE, "cache-tag": tags }, "a").replies(200, MINUTE, "b");
    await get("/a");
    expect((await get("/a")).body).toBe("b");
  });

  it("they differ by case, and a Surrogate-Key splits at spaces", async () => {
    const { origin, get, purge } = following();
    origin.replies(200, { ...MINUTE, "surrogate-key": "red Blue" }, "old");
    await get("/a");
    purge("tag", ["RED", "blue", "red Blue"]);
    expect((await get("/a")).outcome).toBe("hit");
    purge("tag", ["Blue"]);
    origin.replies(200, MINUTE, "new");
    expect((await get("/a")).body).toBe("new");
  });
});

describe("rule 9: a table of purges is bounded, and forgets none", () => {
  it("with too many keys the older ones cover more than they named, never less", async () => {
    const { origin, get, purge } = following({}, { keysMax: 4, lifeMs: 86_400_000 });
    origin.replies(200, { ...MINUTE, "cache-tag": "first" }, "old");
    await get("/a");
    purge("tag", ["first"]);
    for (let count = 0; count < 10; count += 1) purge("tag", [`other ${count}`]);
    origin.replies(200, MINUTE, "new");
    expect((await get("/a")).body).toBe("new");
    expect((await get("/a")).outcome, "what comes after them all is kept").toBe("hit");
  });
});

describe("rule 10: prefixes end at the border of a path segment", () => {
  it("/shop is not /shopping", async () => {
    const { origin, get, purge } = following();
    origin.replies(200, MINUTE, "shop").replies(200, MINUTE, "shopping");
    await get("/shop/a?b");
    await get("/shopping");
    purge("prefix", ["//www.example.com/shop"]);
    expect((await get("/shopping")).outcome).toBe("hit");
    origin.replies(200, MINUTE, "new");
    expect((await get("/shop/a?b")).body).toBe("new");
  });
});

describe("rule 11: what is fetched while a purge settles ends with that", () => {
  it("is used until then, and not longer", async () => {
    const { origin, get, purge, clock } = following();
    purge("tag", ["red"], { settleSeconds: 10 });
    const long = { "cache-control": "max-age=600", "cache-tag": "red" };
    origin.replies(200, long, "of a slow replica");
    await get("/a");
    clock.advance(9_000);
    expect((await get("/a")).outcome).toBe("hit");
    clock.advance(1_001);
    origin.replies(200, long, "new");
    expect((await get("/a")).body).toBe("new");
    expect((await get("/a")).outcome).toBe("hit");
  });
});
