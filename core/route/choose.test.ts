/** The choice, rule by rule. Three edges far apart unless a test says otherwise. */
import { describe, expect, it } from "vitest";
import type { EdgeCondition } from "../health/fleet-health.ts";
import { type ChoosableEdge, Chooser } from "./choose.ts";
import { edgeSetOf } from "./edge-set.ts";
import type { Place } from "./geo.ts";
import { LATENCY_RULES, LatencyModel } from "./latency-model.ts";
import type { RouteQuestion } from "./route-question.ts";
import { VERDICTS } from "./verdict.ts";

const PARIS: Place = { at: [48.85, 2.35], country: "FR", areaKm: 10 };
const PLACES = { fra: [50.11, 8.68], nyc: [40.71, -74.01], syd: [-33.87, 151.21] } as const;
/** Four edges in one town. */
const TOWN = { a: [50, 8], b: [50, 8.001], c: [50.001, 8], d: [50.001, 8.001] } as const;

type Places = Readonly<Record<string, readonly [number, number]>>;
type Changes = Readonly<Record<string, Partial<EdgeCondition>>>;

const WELL: Omit<EdgeCondition, "id"> = {
  ...{ state: "up", sinceMs: 0, downBecause: undefined, isKept: false, warmth: 1, successRate: 1 },
  ...{ load: undefined, heardAtMs: undefined, isDraining: false, isBehind: false },
};

function choosing(places: Places = PLACES, more: Readonly<Record<string, Partial<ChoosableEdge>>> = {}) {
  const ids = Object.keys(places);
  const set = edgeSetOf(ids.map((id) => ({ id, at: places[id] })));
  const edges = ids.map((id) => ({ id, weight: 1, ...more[id] }));
  const chooser = new Chooser(new LatencyModel(set, 0, { ...LATENCY_RULES, prefixesMax: 100 }), edges, 0);
  const ask = (changes: Changes = {}, question: Partial<RouteQuestion> = {}, nowMs = 0) => {
    const conditions = ids.map((id): EdgeCondition => ({ id, ...WELL, ...changes[id] }));
    const choice = chooser.choose({ client: { prefix: 1, place: PARIS }, ...question }, conditions, nowMs);
    const verdicts = ids.map((id, index) => [id, VERDICTS[choice.verdicts[index] ?? 0] ?? ""] as const);
    const order = chooser.order(9).map((index) => ids[index]);
    return {
      edge: ids[choice.edge],
      reason: choice.reason,
      isPanic: choice.isPanic,
      ...Object.fromEntries(verdicts),
      order,
    };
  };
  return { ask, chooser };
}

const ofPrefix = (prefix: number, place: Place = PARIS) => ({ client: { prefix, place } });

describe("one rule at a time", () => {
  const TABLE: readonly [says: string, changes: Changes, edge: string, reason: string, verdict: string][] = [
    ["the nearest", {}, "fra", "best", "chosen"],
    ["one of which nothing is known is up", { fra: { state: "unknown" } }, "fra", "best", "chosen"],
    ["suspect: nobody new while another is up", { fra: { state: "suspect" } }, "nyc", "best", "suspect"],
    ["down", { fra: { state: "down" } }, "nyc", "best", "down"],
    ["suspect, but kept in rotation", { fra: { state: "suspect", isKept: true } }, "fra", "best", "chosen"],
    ["draining", { fra: { isDraining: true } }, "nyc", "best", "draining"],
    ["behind", { fra: { isBehind: true } }, "nyc", "best", "behind"],
    ["no room", { fra: { load: 0.95 } }, "nyc", "best", "full"],
    ["busy, and still nearer by more than that is worth", { fra: { load: 0.8 } }, "fra", "best", "chosen"],
    ["failing a third of the requests", { fra: { successRate: 0.66 } }, "nyc", "best", "next"],
    ["the gravest is named", { fra: { state: "down", isDraining: true, load: 1 } }, "nyc", "best", "down"],
    ["cold, but nobody else asks: no herd", { fra: { warmth: 0.05 } }, "fra", "best", "chosen"],
    ["nothing else is well", { nyc: { state: "down" }, syd: { state: "suspect" } }, "fra", "best", "chosen"],
    ["all others are full", { fra: { load: 1 }, nyc: { load: 1 }, syd: { load: 1 } }, "fra", "relaxed", "chosen"],
    [
      "all that is well drains",
      { fra: { state: "suspect" }, nyc: { isDraining: true }, syd: { state: "down" } },
      "nyc",
      "relaxed",
      "suspect",
    ],
    [
      "a suspect one before a down one",
      { fra: { state: "down" }, nyc: { state: "suspect" }, syd: { state: "down" } },
      "nyc",
      "panic",
      "down",
    ],
    [
      "none is up: the nearest all the same",
      { fra: { state: "down" }, nyc: { state: "down" }, syd: { state: "down" } },
      "fra",
      "panic",
      "chosen-in-panic",
    ],
  ];
  it.each(TABLE)("%s", (_, changes, edge, reason, verdict) => {
    expect(choosing().ask(changes)).toMatchObject({ edge, reason, fra: verdict });
  });

  it("asks the others after it in the order of standing, then of score", () => {
    expect(choosing().ask({ fra: { state: "down" }, nyc: { isDraining: true } }).order).toEqual(["syd", "nyc", "fra"]);
    expect(choosing().ask({}).order).toEqual(["fra", "nyc", "syd"]);
  });

  it("prefers another when the cost of the nearest is worth more than the way", () => {
    expect(choosing(PLACES, { fra: { costMs: 120 } }).ask().edge).toBe("nyc");
  });

  it("likes an edge less whose transfer is nearly used up, and leaves it out when it is", () => {
    const { ask, chooser } = choosing({ a: [50, 8], b: [51.5, 8] });
    expect(ask({}, ofPrefix(1)).edge).toBe("a");
    chooser.quotaUsed[0] = 0.99;
    expect(ask({}, ofPrefix(2))).toMatchObject({ edge: "b", a: "next" });
    chooser.quotaUsed[0] = 1;
    expect(ask({}, ofPrefix(3))).toMatchObject({ edge: "b", a: "over-quota" });
  });

  it("holds the configured order for clients of whom nothing is known", () => {
    const unknown = { client: { prefix: 1, place: undefined } };
    expect(choosing().ask({}, unknown)).toMatchObject({ edge: "fra", reason: "configured-order", nyc: "next" });
    expect(choosing().ask({ fra: { state: "down" } }, unknown).order).toEqual(["nyc", "syd", "fra"]);
  });

  it("stays inside of what a site allows, even when that is down, and answers nobody when that is nothing", () => {
    const allowed = Uint8Array.of(0, 1, 1);
    const { ask } = choosing();
    expect(ask({}, { allowed })).toMatchObject({ edge: "nyc", fra: "not-allowed", order: ["nyc", "syd"] });
    expect(ask({ nyc: { state: "down" }, syd: { state: "down" } }, { allowed })).toMatchObject({
      edge: "nyc",
      isPanic: true,
    });
    expect(ask({}, { allowed: Uint8Array.of(0, 0, 0) })).toMatchObject({ edge: undefined, reason: "none", order: [] });
  });

  it("answers nobody when none is well and the site demands that", () => {
    const down = { fra: { state: "down" }, nyc: { state: "suspect" }, syd: { state: "down" } } as const;
    expect(choosing().ask(down, { failClosed: true })).toMatchObject({
      edge: undefined,
      reason: "none",
      isPanic: true,
    });
    expect(choosing().ask({ ...down, syd: { load: 1 } }, { failClosed: true }).edge).toBe("syd");
  });
});

/** How many of 1,000 keys each edge of the town gets. */
function sharesOf(
  ask: ReturnType<typeof choosing>["ask"],
  changes: Changes = {},
  key: "content" | "prefix" = "content",
) {
  const counts = new Map<string, number>();
  for (let index = 0; index < 1000; index += 1) {
    const question = key === "content" ? { contentHash: index * 2_654_435 } : ofPrefix(index * 7919);
    const { edge = "" } = ask(changes, question);
    counts.set(edge, (counts.get(edge) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

describe("among edges as good", () => {
  it.each(["content", "prefix"] as const)("each gets its share by the hash of the %s", (key) => {
    const shares = sharesOf(choosing(TOWN).ask, {}, key);
    expect(Object.keys(shares).sort()).toEqual(["a", "b", "c", "d"]);
    for (const count of Object.values(shares)) expect(Math.abs(count - 250)).toBeLessThan(60);
  });

  it("a weight of two gets twice as much", () => {
    const { a = 0, b = 0 } = sharesOf(choosing(TOWN, { a: { weight: 2 } }).ask);
    expect(a / b).toBeGreaterThan(1.6);
    expect(a / b).toBeLessThan(2.5);
  });

  it("the same content goes to the same edge whoever asks, and only what was on a dead one moves", () => {
    const { ask } = choosing(TOWN);
    for (let contentHash = 0; contentHash < 300; contentHash += 1) {
      const { edge, reason } = ask({}, { contentHash, ...ofPrefix(contentHash) });
      expect(reason).toBe("near-tie");
      expect(ask({}, { contentHash, ...ofPrefix(contentHash + 9) }).edge).toBe(edge);
      const without = ask({ b: { state: "down" } }, { contentHash }).edge;
      if (edge !== "b") expect(without).toBe(edge);
    }
  });

  it("one edge gets no more than a quarter above the mean, even when everybody asks for one thing", () => {
    const { ask, chooser } = choosing(TOWN);
    const counts = [0, 0, 0, 0];
    for (let request = 0; request < 8000; request += 1) {
      const { edge = "", reason } = ask({}, { contentHash: 7 }, request);
      const index = Object.keys(TOWN).indexOf(edge);
      if (request > 2000) expect(["near-tie", "balance"]).toContain(reason);
      chooser.assigned.add(index, request);
      counts[index] = (counts[index] ?? 0) + 1;
    }
    expect(Math.max(...counts) / 2000).toBeLessThanOrEqual(1.27);
  });

  it("nobody is moved to a farther edge for the sake of nothing: without content, only exact ties are shared", () => {
    const { ask } = choosing({ near: [50, 8], far: [51.5, 8] });
    const place: Place = { at: [50, 8], country: "DE", areaKm: 1 };
    for (let prefix = 0; prefix < 100; prefix += 1) {
      expect(ask({}, ofPrefix(prefix, place))).toMatchObject({ edge: "near", far: "near-tie" });
    }
  });
});

describe("coming and going", () => {
  it("a returning edge gets its clients back bit by bit, and none of them leaves it again", () => {
    const { ask, chooser } = choosing();
    for (let request = 0; request < 1000; request += 1) chooser.assigned.add(1, 0);
    const admitted = (warmth: number) => {
      const prefixes = new Set<number>();
      for (let prefix = 0; prefix < 1000; prefix += 1) {
        if (ask({ fra: { warmth } }, { contentHash: prefix * 7919 }).edge === "fra") prefixes.add(prefix);
      }
      return prefixes;
    };
    const steps = [0.1, 0.3, 0.6, 1].map(admitted);
    expect(Math.abs((steps[0]?.size ?? 0) - 100)).toBeLessThan(35);
    expect(Math.abs((steps[2]?.size ?? 0) - 600)).toBeLessThan(60);
    expect(steps[3]?.size).toBe(1000);
    for (const [index, step] of steps.entries()) {
      for (const prefix of steps[index - 1] ?? []) expect(step.has(prefix)).toBe(true);
    }
  });

  it("a loaded edge sends its clients elsewhere bit by bit, not all at once", () => {
    const { ask } = choosing();
    const kept = (load: number) => sharesOf(ask, { fra: { load } }).fra ?? 0;
    const counts = [0.8, 0.85, 0.9, 0.95].map(kept);
    expect(counts[0]).toBe(1000);
    expect(Math.abs((counts[1] ?? 0) - 667)).toBeLessThan(60);
    expect(counts[3]).toBe(0);
  });

  it("a capacity in requests a second is load as well, before the next heartbeat says so", () => {
    const { ask, chooser } = choosing(PLACES, { fra: { capacityPerSecond: 10 } });
    for (let request = 0; request < 3000; request += 1) chooser.assigned.add(0, request * 100);
    expect(ask({}, {}, 300_000)).toMatchObject({ edge: "nyc", fra: "full" });
  });
});

describe("a client that is used to an edge", () => {
  const far = { fra: { successRate: 0.66 } };

  it("stays there until another has been clearly better three times and for 30 seconds", () => {
    const { ask } = choosing();
    expect(ask().edge).toBe("fra");
    for (const atMs of [0, 10_000, 20_000, 29_000]) {
      expect(ask(far, {}, atMs)).toMatchObject({ edge: "fra", reason: "sticky", nyc: "challenger" });
    }
    expect(ask(far, {}, 31_000)).toMatchObject({ edge: "nyc", reason: "best" });
    expect(ask({}, {}, 32_000)).toMatchObject({ edge: "nyc", reason: "sticky" });
  });

  it("stays there when the better one was better for a moment only, and when it was asked too seldom", () => {
    const { ask } = choosing();
    ask();
    ask(far, {}, 0);
    ask({}, {}, 10_000);
    expect(ask(far, {}, 40_000).edge).toBe("fra");
    expect(ask(far, {}, 90_000).edge).toBe("fra");
    expect(ask(far, {}, 90_001).edge).toBe("nyc");
  });

  it("is moved on one site although another, which allows it other edges, is asked in between", () => {
    const { ask } = choosing();
    const allowed = Uint8Array.of(0, 1, 1);
    expect(ask({}, { allowed }).edge).toBe("nyc");
    expect(ask()).toMatchObject({ edge: "fra", reason: "best" });
    expect(ask(far, { allowed })).toMatchObject({ edge: "nyc", reason: "best" });
    expect(ask(far)).toMatchObject({ edge: "fra", reason: "sticky" });
  });

  it("leaves at once an edge that may not have it any more", () => {
    const { ask } = choosing();
    ask();
    expect(ask({ fra: { state: "suspect" } }).edge).toBe("nyc");
  });
});
