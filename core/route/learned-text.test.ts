/** Learned tables as text: kept over a restart, merged between routers. */
import { describe, expect, it } from "vitest";
import { edgeSetOf } from "./edge-set.ts";
import { Estimator } from "./estimate.ts";
import { LATENCY_RULES, LatencyModel, type RouteClient } from "./latency-model.ts";
import { learn } from "./learn.ts";
import { learnedLines, mergeLearned } from "./learned-text.ts";

const EDGES = [
  { id: "new york", at: [40.71, -74.01] as const },
  { id: "fra", at: [50.11, 8.68] as const },
  { id: "syd", at: [-33.87, 151.21] as const },
];
const HOUR_MS = 3_600_000;
const START_MS = 1000 * HOUR_MS;

const modelOf = (edges: readonly (typeof EDGES)[number][] = EDGES, madeAtMs = START_MS) =>
  new LatencyModel(edgeSetOf(edges), madeAtMs, { ...LATENCY_RULES, prefixesMax: 500 });

function parisian(prefix: number): RouteClient {
  return { prefix, place: { at: [48.85, 2.35], country: "FR", areaKm: 10 }, network: 64_500 };
}

function taught(seed: number, samples = 300): LatencyModel {
  const model = modelOf();
  for (let count = 0; count < samples; count += 1) {
    const edge = (count + seed) % 3;
    const rttMs = 20 + 60 * edge + ((count * (seed + 7)) % 17);
    learn(model, { client: parisian((count * seed) % 97), edge, rttMs, kind: "beacon" }, START_MS + count * 60_000);
  }
  return model;
}

/** Everything that a model would say, as text: estimates of known and unknown prefixes, by the name of the edge. */
function opinionOf(model: LatencyModel, nowMs: number): readonly string[] {
  const estimator = new Estimator(model);
  return Array.from({ length: 100 }, (_, prefix) => {
    const { rttMs } = estimator.estimate(parisian(prefix), nowMs);
    return model.edges.ids
      .map((id, edge) => `${id} ${(rttMs[edge] ?? 0).toFixed(1)}`)
      .sort()
      .join();
  });
}

const NOW_MS = START_MS + 6 * HOUR_MS;

describe("learned tables", () => {
  it("come back from their text as they were, by the names of the edges", () => {
    const model = taught(1);
    const back = modelOf([...EDGES].reverse(), NOW_MS);
    const reading = mergeLearned(back, learnedLines(model, NOW_MS), NOW_MS);
    expect(reading).toMatchObject({ prefixes: 97, skipped: 0, isForeign: false });
    expect(opinionOf(back, NOW_MS)).toEqual(opinionOf(model, NOW_MS));
  });

  it("are written whole, each prefix once, although the model goes on learning meanwhile", () => {
    const model = taught(1);
    const written: string[] = [];
    for (const line of learnedLines(model, NOW_MS)) {
      const [kind, prefix = ""] = line.split(" ");
      if (kind !== "p") continue;
      written.push(prefix);
      learn(model, { client: parisian(Number(prefix)), edge: 0, rttMs: 20, kind: "beacon" }, NOW_MS);
    }
    expect([new Set(written).size, written.length]).toEqual([97, 97]);
  });

  it("are the same in whatever order and however often they are merged", () => {
    const texts = [1, 2, 3].map((seed) => [...learnedLines(taught(seed), NOW_MS)]);
    const merged = (order: readonly number[]) => {
      const model = modelOf();
      for (const index of order) mergeLearned(model, texts[index] ?? [], NOW_MS);
      return opinionOf(model, NOW_MS);
    };
    const once = merged([0, 1, 2]);
    expect(merged([2, 0, 1])).toEqual(once);
    expect(merged([1, 1, 0, 2, 0, 2, 1])).toEqual(once);
    expect(merged([0])).not.toEqual(once);
  });

  it("age while they lie in a file", () => {
    const text = [...learnedLines(taught(1), NOW_MS)];
    const laterMs = NOW_MS + 9 * 24 * HOUR_MS;
    const late = modelOf(EDGES, laterMs);
    mergeLearned(late, text, laterMs);
    const far = (model: LatencyModel, nowMs: number) =>
      Math.abs((new Estimator(model).estimate(parisian(1), nowMs).rttMs[0] ?? 0) - 26);
    expect(far(late, laterMs)).toBeGreaterThan(far(taught(1), NOW_MS) + 5);
  });

  it("from a router with an edge that is not ours teach the rest", () => {
    const two = EDGES.slice(0, 2);
    const model = modelOf(two);
    expect(mergeLearned(model, learnedLines(taught(1), NOW_MS), NOW_MS).skipped).toBe(0);
    expect(opinionOf(model, NOW_MS)[1]).toContain("new york 2");
  });

  it("are read without the lines that are broken, and not at all from another make", () => {
    const good = [...learnedLines(taught(1, 30), NOW_MS)];
    const bad = [
      "p x 0,1,1,1,1",
      "p 5 0,-1,1,1,1",
      "p 5 9,1,1,1,1",
      "g sky 1 0,1,1",
      "g cell 1 0,1e9,1",
      "?",
      "p 5 0,NaN",
    ];
    const model = modelOf();
    expect(mergeLearned(model, [...good, ...bad, ""], NOW_MS)).toMatchObject({ skipped: bad.length });
    const clean = modelOf();
    mergeLearned(clean, good, NOW_MS);
    expect(opinionOf(model, NOW_MS)).toEqual(opinionOf(clean, NOW_MS));
    const untouched = modelOf();
    expect(mergeLearned(untouched, ["antipode-latency 2 0", ...good.slice(1)], NOW_MS).isForeign).toBe(true);
    expect(opinionOf(untouched, NOW_MS)).toEqual(opinionOf(modelOf(), NOW_MS));
  });

  it("go on ageing after months", () => {
    const model = modelOf();
    const monthsMs = START_MS + 100 * 24 * HOUR_MS;
    learn(model, { client: parisian(1), edge: 1, rttMs: 90, kind: "beacon" }, monthsMs);
    const at = (nowMs: number) => new Estimator(model).estimate(parisian(1), nowMs).rttMs[1] ?? 0;
    expect(at(monthsMs + 60_000)).toBeGreaterThan(60);
    expect(at(monthsMs + 5 * 24 * HOUR_MS)).toBeLessThan(at(monthsMs) - 5);
  });
});
