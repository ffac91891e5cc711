/** Evidence in, states out: what makes an edge suspect, what makes it down, and what coming back costs. */
import { describe, expect, it } from "vitest";
import {
  type EdgeHealth,
  type Evidence,
  NO_EVIDENCE,
  observeEdge,
  unknownEdge,
  warmthOf,
  weighEvidence,
} from "./edge-health.ts";
import type { ProbeResult } from "./health.ts";
import { EDGE_HEALTH_RULES as RULES } from "./health-rules.ts";

/** Results one second apart, then the evidence a second later. */
function edgeAfter(
  results: readonly ProbeResult[],
  evidence: Partial<Evidence> = {},
  start = unknownEdge(0),
): EdgeHealth {
  const known = { ...NO_EVIDENCE, ...evidence };
  let nowMs = start.sinceMs;
  let edge = start;
  for (const result of results) {
    nowMs += 1000;
    edge = observeEdge(edge, result, known, nowMs, RULES);
  }
  return weighEvidence(edge, known, nowMs + 1000, RULES);
}

const THREE_FAILURES = ["ok", "failed", "failed", "failed"] as const;

describe("an edge's state", () => {
  const TABLE: readonly [ProbeResult[], Partial<Evidence>, string, string?][] = [
    [[], {}, "unknown"],
    [["failed", "failed"], {}, "unknown"],
    [["ok", "failed", "failed", "ok", "failed", "failed"], {}, "up"],
    [[...THREE_FAILURES], {}, "suspect"],
    [["failed", "failed", "failed"], {}, "suspect"],
    [["ok", "refused"], {}, "up"],
    [["ok", "refused", "refused"], {}, "down", "refused"],
    [["ok"], { isSilent: true }, "up"],
    [["ok", "failed", "failed"], { isSilent: true, observers: 2, against: 2 }, "up"],
    [[...THREE_FAILURES], { isSilent: true }, "down", "silent"],
    [[...THREE_FAILURES], { observers: 2, against: 0 }, "suspect"],
    [[...THREE_FAILURES], { observers: 2, against: 1 }, "down", "observers"],
    [[...THREE_FAILURES], { observers: 1, against: 1 }, "down", "observers"],
    [[...THREE_FAILURES], { observers: 3, against: 1 }, "suspect"],
    [[...THREE_FAILURES], { observers: 4, against: 2 }, "down", "observers"],
    [[...THREE_FAILURES], { isBlind: true, isSilent: true, observers: 2, against: 2 }, "suspect"],
    [["ok", "refused", "refused"], { isBlind: true }, "suspect"],
    [[...THREE_FAILURES, "ok"], {}, "suspect"],
    [[...THREE_FAILURES, "ok", "ok"], {}, "up"],
  ];
  it.each(TABLE)("after %j with %j is %s", (results, evidence, state, because) => {
    const edge = edgeAfter(results, evidence);
    expect([edge.state, edge.downBecause]).toEqual([state, because]);
  });

  it("goes from down to suspect when the observer finds out that it is blind, and the fall is forgotten", () => {
    const down = edgeAfter(["ok", "refused", "refused"]);
    expect(weighEvidence(down, { ...NO_EVIDENCE, isBlind: true }, 9000, RULES)).toMatchObject({
      state: "suspect",
      falls: 0,
    });
  });
});

describe("coming back", () => {
  it("from a short suspicion costs nothing", () => {
    const edge = edgeAfter([...THREE_FAILURES, "ok", "ok"]);
    expect([edge.falls, warmthOf(edge, edge.sinceMs, RULES)]).toEqual([0, 1]);
  });

  it("from down is gradual over four times the time that it was away, ten seconds at least and a minute at most", () => {
    const ramps = [1, 3, 10, 100].map((refusals) => {
      const edge = edgeAfter(["ok", "refused", ...Array<ProbeResult>(refusals).fill("refused"), "ok", "ok"]);
      return edge.warmingForMs / 1000;
    });
    expect(ramps).toEqual([10, 16, 44, 60]);
  });

  it("from down begins with a twentieth, and no second brings a tenth of the clients back", () => {
    const edge = edgeAfter(["ok", "refused", "refused", "ok", "ok"]);
    expect(edge.state).toBe("up");
    const shares = [0, 1000, 5000, 10_000, 90_000].map((ms) => warmthOf(edge, edge.sinceMs + ms, RULES));
    expect(shares.map((share) => Math.round(share * 1000) / 1000)).toEqual([0.05, 0.145, 0.525, 1, 1]);
  });

  it("from a suspicion of ten seconds is gradual, too: others have got used to its users", () => {
    const edge = edgeAfter([...THREE_FAILURES, ...Array<ProbeResult>(10).fill("failed"), "ok", "ok"]);
    expect([edge.state, warmthOf(edge, edge.sinceMs, RULES)]).toEqual(["up", 0.05]);
  });

  it("for the first time is not gradual while the observer starts, and is later", () => {
    const early = edgeAfter(["refused", "refused", "ok", "ok"]);
    const late = edgeAfter([...Array<ProbeResult>(15).fill("refused"), "ok", "ok"]);
    expect([early, late].map((edge) => [edge.state, warmthOf(edge, edge.sinceMs, RULES)])).toEqual([
      ["up", 1],
      ["up", 0.05],
    ]);
  });

  it("after each further fall within ten minutes is held up twice as long, up to five minutes", () => {
    const holds: number[] = [];
    let edge = edgeAfter(["ok"]);
    for (let fall = 0; fall < 8; fall += 1) {
      edge = edgeAfter(["refused", "refused"], {}, edge);
      const { fellAtMs } = edge;
      for (let nowMs = fellAtMs; edge.state === "down"; nowMs += 1000) {
        edge = observeEdge(edge, "ok", NO_EVIDENCE, nowMs, RULES);
      }
      holds.push((edge.sinceMs - fellAtMs) / 1000);
    }
    expect(holds).toEqual([1, 10, 20, 40, 80, 160, 300, 300]);
  });

  it("starts to count falls anew after ten minutes without one", () => {
    const once = edgeAfter(["ok", "refused", "refused", "ok", "ok"]);
    const later = edgeAfter(["refused", "refused"], {}, { ...once, sinceMs: once.fellAtMs + RULES.flapWindowMs });
    expect([later.state, later.falls, later.heldUntilMs]).toEqual(["down", 1, later.fellAtMs]);
  });

  it("is not held up by a clock that is set back, and has the least share at least", () => {
    const day = 86_400_000;
    const first = edgeAfter(["ok", "refused", "refused", "ok", "ok"], {}, unknownEdge(day));
    const again = edgeAfter(["refused", "refused", "ok", "ok"], {}, first);
    expect([again.state, again.heldUntilMs > day]).toEqual(["down", true]);
    const back = observeEdge(again, "ok", NO_EVIDENCE, 0, RULES);
    expect(back.state).toBe("up");
    expect(warmthOf(back, -day, RULES)).toBe(RULES.slowStartFloor);
  });
});
