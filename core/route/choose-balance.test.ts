/** Clients who are used to an edge, when it is ahead in load. */
import { expect, test } from "vitest";
import type { EdgeCondition } from "../health/fleet-health.ts";
import { Chooser } from "./choose.ts";
import { edgeSetOf } from "./edge-set.ts";
import { LATENCY_RULES, LatencyModel } from "./latency-model.ts";
import { learn } from "./learn.ts";

const WELL: Omit<EdgeCondition, "id"> = {
  ...{ state: "up", sinceMs: 0, downBecause: undefined, isKept: false, warmth: 1, successRate: 1 },
  ...{ load: undefined, heardAtMs: undefined, isDraining: false, isBehind: false },
};

test("one that stays for want of certainty that another is better leaves an edge that is far ahead in load", () => {
  const edges = ["a", "b"].map((id) => ({ id, at: [50, 8] as const, weight: 1 }));
  const model = new LatencyModel(edgeSetOf(edges), 0, { ...LATENCY_RULES, prefixesMax: 100 });
  const chooser = new Chooser(model, edges, 0);
  const client = { prefix: 1, place: { at: [50, 8], country: "DE", areaKm: 10 } } as const;
  const conditions = edges.map(({ id }): EdgeCondition => ({ id, ...WELL }));
  const ask = () => chooser.choose({ client }, conditions, 0);
  const measure = (edge: number, ...rttsMs: number[]) => {
    for (const rttMs of rttsMs) learn(model, { client, edge, rttMs, kind: "beacon" }, 0);
  };
  measure(0, 10);
  measure(1, 14);
  expect(ask().edge).toBe(0);
  measure(0, 22, 22, 22, 22, 22);
  const { edge, reason, scoresMs } = ask();
  expect((scoresMs[0] ?? 0) - (scoresMs[1] ?? 0), "outside of the near tie").toBeGreaterThan(5);
  expect([edge, reason]).toEqual([0, "sticky"]);
  for (let request = 0; request < 150; request += 1) chooser.assigned.add(0, 0);
  expect(ask().edge).toBe(1);
});
