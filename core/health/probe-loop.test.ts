/** Probes that get lost, edges that die: 30 days of 28 edges at 1 % loss, and how soon a dead edge is out. */
import { describe, expect, it } from "vitest";
import { type EdgeHealth, NO_EVIDENCE, observeEdge, unknownEdge, weighEvidence } from "./edge-health.ts";
import type { ProbeResult } from "./health.ts";
import { EDGE_HEALTH_RULES } from "./health-rules.ts";
import { nextProbeAfterMs, probeTimeoutMs } from "./probe-schedule.ts";

const LIMITS = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };
const DAY_MS = 86_400_000;

/** Mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Probes one edge for a time; good probes of an edge that is well change nothing, so they are leapt over. Lost
 * heartbeats and two more observers lose as much as the probes, whenever they would be asked.
 */
function probeForDays(random: () => number, lossShare: number, untilMs: number) {
  const count = { probes: 0, suspicions: 0, downs: 0 };
  let edge = observeEdge(unknownEdge(0), "ok", NO_EVIDENCE, 0, EDGE_HEALTH_RULES);
  let nowMs = 0;
  const lost = (times: number): boolean => random() < lossShare ** times;
  while (nowMs < untilMs) {
    if (edge.state === "up" && edge.failuresInRow === 0) {
      const good = Math.floor(Math.log(1 - random()) / Math.log(1 - lossShare));
      count.probes += good;
      nowMs += good * LIMITS.probeIntervalMs;
    }
    const result: ProbeResult = edge.failuresInRow === 0 && edge.state === "up" ? "failed" : lost(1) ? "failed" : "ok";
    const against = Number(lost(3)) + Number(lost(3));
    const evidence = { observers: 2, against, isSilent: lost(3), isBlind: false };
    const before = edge.state;
    edge = weighEvidence(
      observeEdge(edge, result, evidence, nowMs, EDGE_HEALTH_RULES),
      evidence,
      nowMs,
      EDGE_HEALTH_RULES,
    );
    count.probes += 1;
    if (edge.state !== before && edge.state === "suspect") count.suspicions += 1;
    if (edge.state !== before && edge.state === "down") count.downs += 1;
    const tookMs = result === "ok" ? 0 : LIMITS.probeTimeoutMs;
    nowMs += tookMs + nextProbeAfterMs(edge, nowMs, nowMs + tookMs, LIMITS);
  }
  return count;
}

describe("lost probes", () => {
  it("make no edge down in 30 days of 28 edges at 1 % loss, and suspicions are rare", () => {
    const random = seeded(2026);
    let suspicions = 0;
    let downs = 0;
    for (let edge = 0; edge < 28; edge += 1) {
      const counts = probeForDays(random, 0.01, 30 * DAY_MS);
      expect(counts.probes).toBeGreaterThan(2_500_000);
      suspicions += counts.suspicions;
      downs += counts.downs;
    }
    expect(downs).toBe(0);
    expect(suspicions / (28 * 30)).toBeLessThan(0.2);
  });
});

/** When an edge that stops at 0 is out of rotation, if the last good probe began so long before. */
function outAfterMs(dies: "killed" | "black hole", lastProbeMs: number, heartbeats: boolean): number {
  const rules = EDGE_HEALTH_RULES;
  let edge: EdgeHealth = observeEdge(unknownEdge(-60_000), "ok", NO_EVIDENCE, -lastProbeMs, rules);
  let nowMs = -lastProbeMs + LIMITS.probeIntervalMs;
  while (edge.state === "up") {
    const startedMs = nowMs;
    if (dies === "black hole") nowMs += probeTimeoutMs(edge, LIMITS);
    const evidence = { ...NO_EVIDENCE, isSilent: heartbeats && nowMs > rules.heartbeatMissingMs };
    edge = observeEdge(edge, dies === "killed" ? "refused" : "failed", evidence, nowMs, rules);
    if (edge.state === "up") nowMs += nextProbeAfterMs(edge, startedMs, nowMs, LIMITS);
  }
  return nowMs;
}

describe("a dead edge", () => {
  it.each(["killed", "black hole"] as const)(
    "(%s) is out of rotation within 2.6 seconds, whenever it dies, which leaves a busy machine some of the three",
    (dies) => {
      for (let lastProbeMs = 0; lastProbeMs < 1000; lastProbeMs += 10) {
        expect(outAfterMs(dies, lastProbeMs, false)).toBeLessThanOrEqual(2600);
        expect(outAfterMs(dies, lastProbeMs, true)).toBeLessThanOrEqual(2600);
      }
    },
  );
});

it("a refusal is confirmed after the pause, a missing answer sooner: waiting for it was most of the pause", () => {
  const up = observeEdge(unknownEdge(0), "ok", NO_EVIDENCE, 0, EDGE_HEALTH_RULES);
  const doubted = observeEdge(up, "failed", NO_EVIDENCE, 0, EDGE_HEALTH_RULES);
  const afterMs = [1000, 1100, 1500, 0].map((nowMs) => nextProbeAfterMs(doubted, 1000, nowMs, LIMITS));
  expect(afterMs).toEqual([200, 100, 50, 200]);
});

it("the next probe is never farther away than the interval, not even when the clock is set back during one", () => {
  const up = observeEdge(unknownEdge(0), "ok", NO_EVIDENCE, 0, EDGE_HEALTH_RULES);
  expect([1300, 1000, 0].map((nowMs) => nextProbeAfterMs(up, 1000, nowMs, LIMITS))).toEqual([700, 1000, 1000]);
});
