/** What is expected of a path before, while and after it is measured. */
import { describe, expect, it } from "vitest";
import { edgeSetOf } from "./edge-set.ts";
import { ESTIMATE_SOURCES, Estimator } from "./estimate.ts";
import type { Place } from "./geo.ts";
import { LATENCY_RULES, LatencyModel, type RouteClient } from "./latency-model.ts";
import { learn, type SampleKind } from "./learn.ts";

const EDGES = [
  { id: "nyc", at: [40.71, -74.01] as const },
  { id: "fra", at: [50.11, 8.68] as const },
  { id: "syd", at: [-33.87, 151.21] as const },
  { id: "nowhere", at: undefined },
];
const PARIS: Place = { at: [48.85, 2.35], country: "FR", areaKm: 10 };
const HOUR_MS = 3_600_000;

function world() {
  const model = new LatencyModel(edgeSetOf(EDGES), 0, { ...LATENCY_RULES, prefixesMax: 1000 });
  const estimator = new Estimator(model);
  const teach = (client: RouteClient, edge: number, rtts: readonly number[], kind: SampleKind = "beacon") =>
    rtts.map((rttMs) => learn(model, { client, edge, rttMs, kind }, 0));
  const about = (client: RouteClient, edge: number, nowMs = 0) => {
    const { rttMs, sigmaMs, source } = estimator.estimate(client, nowMs);
    return { rttMs: rttMs[edge] ?? 0, sigmaMs: sigmaMs[edge] ?? 0, source: ESTIMATE_SOURCES[source[edge] ?? 0] };
  };
  return { model, teach, about };
}

const parisian = (prefix: number): RouteClient => ({ prefix, place: PARIS });

describe("an estimate", () => {
  it("is the distance's while nothing is measured, and unknown for an edge or a client without a place", () => {
    const { about } = world();
    expect(about(parisian(1), 1)).toMatchObject({ source: "great-circle" });
    expect(about(parisian(1), 1).rttMs).toBeCloseTo(16, 0);
    expect(about(parisian(1), 3)).toMatchObject({ source: "unknown", rttMs: Number.POSITIVE_INFINITY });
    expect(about({ prefix: 1, place: undefined }, 1).source).toBe("unknown");
  });

  it("is what the prefix measured, and the surer the more it measured", () => {
    const { teach, about } = world();
    teach(parisian(1), 1, [42]);
    const once = about(parisian(1), 1);
    teach(parisian(1), 1, [42, 42, 42, 42]);
    const often = about(parisian(1), 1);
    expect(often.source).toBe("measured");
    expect(often.rttMs).toBeCloseTo(42, 0);
    expect(often.sigmaMs).toBeLessThan(once.sigmaMs);
  });

  it("of a neighbour that measured nothing moves towards what others there measured, less than theirs", () => {
    const { teach, about } = world();
    for (let prefix = 1; prefix <= 5; prefix += 1) teach(parisian(prefix), 1, [60]);
    const neighbour = about(parisian(99), 1);
    expect(neighbour.source).toBe("learned");
    expect(neighbour.rttMs).toBeGreaterThan(45);
    expect(neighbour.rttMs).toBeLessThan(61);
  });

  it("is never below light in fibre, whatever the neighbours say", () => {
    const { teach, about } = world();
    for (let prefix = 1; prefix <= 30; prefix += 1) teach(parisian(prefix), 2, [175]);
    expect(about(parisian(99), 2).rttMs).toBeGreaterThanOrEqual(169);
  });

  it("expects the slow last mile of a prefix on the edges that it has not measured", () => {
    const { teach, about } = world();
    const before = about(parisian(1), 0).rttMs;
    teach(parisian(1), 1, [46, 46, 46]);
    expect(about(parisian(1), 0).rttMs).toBeGreaterThan(before + 3);
  });

  it("of a client somewhere in a country is its country's, not that of the middle of it", () => {
    const { teach, about } = world();
    const somewhere: RouteClient = { prefix: 9, place: { at: [46, 2], country: "FR", areaKm: 800 } };
    expect(about(somewhere, 1).source).toBe("country");
    for (let prefix = 1; prefix <= 5; prefix += 1) teach(parisian(prefix), 1, [70]);
    expect(about(somewhere, 1).rttMs).toBeGreaterThan(55);
  });

  it("fades with time: after days the distance counts again", () => {
    const { teach, about } = world();
    teach({ prefix: 1, place: undefined }, 1, [300, 300, 300]);
    teach(parisian(2), 1, [100, 100, 100]);
    const fresh = about(parisian(2), 1).rttMs;
    const old = about(parisian(2), 1, 20 * 24 * HOUR_MS).rttMs;
    expect(fresh).toBeGreaterThan(95);
    expect(old).toBeLessThan(fresh);
  });

  it("believes the measurements when they disprove the place", () => {
    const { teach, about } = world();
    const misplaced: RouteClient = { prefix: 1, place: { at: [-33.9, 151.2], country: "AU", areaKm: 10 } };
    teach(misplaced, 1, [16, 17, 16]);
    teach(misplaced, 2, [280, 280, 281]);
    expect(about(misplaced, 1).rttMs).toBeLessThan(25);
    expect(about(misplaced, 0).rttMs).toBeLessThan(200);
  });
});

describe("a sample", () => {
  it.each([[Number.NaN], [-1], [0], [1e9], [Number.POSITIVE_INFINITY]])("of %d ms is impossible", (rttMs) => {
    expect(world().teach(parisian(1), 1, [rttMs])).toEqual(["impossible"]);
  });

  it("far too high counts when it comes three times in a row; a lower one counts at once", () => {
    const { teach, about } = world();
    expect(teach(parisian(1), 1, [20, 20, 20, 400, 400, 20, 400, 400, 400])).toEqual([
      ...["learned", "learned", "learned", "outlier", "outlier", "learned", "outlier", "outlier", "learned"],
    ]);
    expect(about(parisian(1), 1).rttMs).toBeGreaterThan(300);
    teach(parisian(1), 1, [20]);
    expect(about(parisian(1), 1).rttMs).toBeLessThan(40);
  });

  it("of one prefix that shouts moves its neighbours no more than a few clients would", () => {
    const { teach, about } = world();
    for (let prefix = 1; prefix <= 20; prefix += 1) teach(parisian(prefix), 1, [18]);
    const before = about(parisian(99), 1).rttMs;
    teach(parisian(50), 1, Array<number>(10_000).fill(600));
    expect(about(parisian(99), 1).rttMs - before).toBeLessThan(70);
    teach(parisian(51), 1, Array<number>(10_000).fill(2));
    expect(about(parisian(99), 1).rttMs).toBeGreaterThan(5);
  });
});
