/** A fleet on a virtual clock: what is heard of edges, and what routing is told. */
import { describe, expect, it } from "vitest";
import { FleetHealth } from "./fleet-health.ts";
import type { ProbeResult } from "./health.ts";
import { EDGE_HEALTH_RULES, type Reach } from "./health-rules.ts";

const EPOCH = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

function fleetOf(ids: string, reach: Reach = "by-themselves") {
  const changes: string[] = [];
  const health = new FleetHealth({
    edges: [...ids].map((id) => ({ id })),
    ...{ rules: { ...EDGE_HEALTH_RULES, reach }, nowMs: 0 },
    onChange: (edge, before, after, nowMs) => changes.push(`${nowMs} ${edge} ${before} → ${after}`),
  });
  const probe = (edges: string, results: readonly ProbeResult[], fromMs: number) => {
    for (const [index, result] of results.entries()) for (const id of edges) health.probed(id, result, fromMs + index);
  };
  const beat = (edges: string, nowMs: number, more = {}) => {
    for (const id of edges) health.heard(id, { load: 0.5, ...more }, nowMs);
  };
  const condition = (id: string, nowMs: number) => health.conditions(nowMs).find((one) => one.id === id);
  const states = (nowMs: number) => health.conditions(nowMs).map(({ state }) => state);
  return { health, probe, beat, condition, states, changes };
}

const FAILS = ["failed", "failed", "failed"] as const;

describe("a fleet's health", () => {
  it("is unknown at the start, which is nothing against anybody", () => {
    const { states, condition } = fleetOf("ab");
    expect(states(0)).toEqual(["unknown", "unknown"]);
    expect(condition("a", 0)).toMatchObject({ warmth: 1, successRate: 1, load: undefined, isBehind: false });
  });

  it("makes a failing edge down once its heartbeats have stopped as well, without another probe", () => {
    const { probe, beat, states, changes } = fleetOf("abcd");
    probe("abcd", ["ok"], 0);
    beat("abcd", 0);
    probe("a", FAILS, 2900);
    beat("bcd", 2999);
    expect(states(2999)[0]).toBe("suspect");
    expect(states(3100)[0]).toBe("down");
    expect(changes.at(-1)).toBe("3100 a suspect → down");
  });

  it("holds nothing against anybody when all heartbeats stop: then control is away", () => {
    const { probe, beat, states } = fleetOf("abcd");
    probe("abcd", ["ok"], 0);
    beat("abcd", 0);
    probe("a", FAILS, 2900);
    expect(states(5000)[0]).toBe("suspect");
  });

  it("makes an edge down that two of three observers see fail; a blind one has no voice", () => {
    const { health, probe, states } = fleetOf("abcd");
    probe("abcd", ["ok"], 0);
    probe("a", FAILS, 1000);
    health.toldBy("other", new Set(), 1100);
    health.toldBy("third", "blind", 1100);
    expect(states(1200)[0]).toBe("suspect");
    health.toldBy("third", new Set(["a"]), 1300);
    expect(states(1400)[0]).toBe("down");
    expect(health.opinion()).toEqual(new Set(["a"]));
  });

  it("forgets what an observer said five seconds ago", () => {
    const { health, probe, states } = fleetOf("abcd");
    probe("abcd", ["ok"], 0);
    health.toldBy("other", new Set(["a"]), 0);
    probe("a", FAILS, 5100);
    expect(states(5200)[0]).toBe("suspect");
  });
});

describe("a blind observer", () => {
  it("knows it, says so, and keeps every edge that others vouch for in rotation", () => {
    const { health, probe, beat, condition } = fleetOf("abcde");
    probe("abcde", ["ok"], 0);
    beat("abcde", 1000);
    probe("abc", ["refused", "refused"], 1100);
    expect([health.isBlind, health.opinion()]).toEqual([true, "blind"]);
    for (const id of "abc") expect(condition(id, 1200)).toMatchObject({ state: "suspect", isKept: true });
  });

  it("sees again without a slow start for the edges that were never away", () => {
    const { health, probe, beat, condition } = fleetOf("abcde");
    probe("abcde", ["ok"], 0);
    beat("abcde", 1000);
    probe("abcde", ["refused", "refused"], 1100);
    for (let nowMs = 2000; nowMs < 60_000; nowMs += 1000) beat("abcde", nowMs);
    probe("abcde", ["ok", "ok"], 60_000);
    expect(health.isBlind).toBe(false);
    expect(["a", "b", "e"].map((id) => condition(id, 60_100)?.warmth)).toEqual([1, 1, 1]);
  });

  it("through which all requests go keeps to what it can reach", () => {
    const { health, probe, beat, condition } = fleetOf("abc", "through-us");
    probe("abc", ["ok"], 0);
    beat("abc", 1000);
    probe("ab", ["refused", "refused"], 1100);
    expect(health.isBlind).toBe(true);
    expect(condition("a", 1200)).toMatchObject({ state: "suspect", isKept: false });
  });
});

describe("conditions", () => {
  it("name an edge suspect that answers probes and fails more than half of its users, until that is forgotten", () => {
    const { health, probe, states } = fleetOf("ab");
    probe("ab", ["ok"], 0);
    for (let count = 0; count < 30; count += 1) health.requested("a", count % 3 === 0 ? "ok" : "failed", 100);
    expect(states(200)).toEqual(["suspect", "up"]);
    expect(states(30_000)).toEqual(["up", "up"]);
  });

  it("take a refused request for a refused probe, and count a failed one as a failure of a request only", () => {
    const { health, probe, states } = fleetOf("ab");
    probe("ab", ["ok"], 0);
    for (let count = 0; count < 10; count += 1) health.requested("a", "failed", 100);
    health.requested("b", "refused", 100);
    health.requested("b", "refused", 100);
    expect(states(200)).toEqual(["up", "down"]);
  });

  it("carry load, smoothed, as long as it is fresh, and what an edge says of itself", () => {
    const { beat, condition } = fleetOf("a");
    beat("a", 0, { load: 0.2 });
    beat("a", 5000, { load: 1, isDraining: true });
    expect(condition("a", 5000)?.load).toBeCloseTo(0.2 + 0.8 * (1 - Math.exp(-1)), 5);
    expect(condition("a", 5000)?.isDraining).toBe(true);
    expect(condition("a", 8200)?.load).toBeUndefined();
    beat("a", 9000, { load: Number.NaN });
    expect(condition("a", 9000)?.load).toBeLessThan(0.7);
  });

  it("name an edge behind when it lacks what was proved a while ago, not what is new", () => {
    const { health, beat, condition } = fleetOf("ab");
    const at = (seq: number) => ({ epoch: EPOCH, seq });
    for (let second = 0; second <= 20; second += 1) {
      health.proved(at(second), second * 1000);
      beat("a", second * 1000, { position: at(Math.max(0, second - 2)) });
      beat("b", second * 1000, { position: at(Math.min(6, second)) });
    }
    expect([condition("a", 20_000)?.isBehind, condition("b", 20_000)?.isBehind]).toEqual([false, true]);
  });
});
