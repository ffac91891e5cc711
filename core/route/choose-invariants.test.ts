/** What holds of every choice, whatever the fleet looks like. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EdgeCondition } from "../health/fleet-health.ts";
import { Chooser } from "./choose.ts";
import { edgeSetOf } from "./edge-set.ts";
import { explainRoute } from "./explain.ts";
import { LATENCY_RULES, LatencyModel } from "./latency-model.ts";
import { learn } from "./learn.ts";
import type { RouteQuestion } from "./route-question.ts";

const place = fc.record({
  at: fc.tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true })),
  country: fc.constantFrom("DE", "US", ""),
  areaKm: fc.option(fc.integer({ min: 1, max: 2000 }), { nil: undefined }),
});
const condition = fc.record({
  id: fc.constant("x"),
  state: fc.constantFrom("unknown", "up", "suspect", "down"),
  ...{ sinceMs: fc.constant(0), downBecause: fc.constant(undefined), heardAtMs: fc.constant(undefined) },
  ...{ isKept: fc.boolean(), isDraining: fc.boolean(), isBehind: fc.boolean() },
  warmth: fc.double({ min: 0, max: 1, noNaN: true }),
  successRate: fc.double({ min: 0, max: 1, noNaN: true }),
  load: fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: undefined }),
});
const edge = fc.record({
  at: fc.option(
    place.map(({ at }) => at),
    { nil: undefined },
  ),
  weight: fc.integer({ min: 1, max: 100 }),
  capacityPerSecond: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
  allowed: fc.boolean(),
  condition,
});
const question = fc.record({
  prefix: fc.option(fc.nat(), { nil: undefined }),
  place: fc.option(place, { nil: undefined }),
  contentHash: fc.option(fc.nat(), { nil: undefined }),
});
const world = fc.record({
  edges: fc.array(edge, { minLength: 1, maxLength: 12 }),
  questions: fc.array(question, { minLength: 1, maxLength: 10 }),
  samples: fc.array(fc.record({ edge: fc.nat(11), prefix: fc.nat(3), rttMs: fc.integer({ min: 1, max: 400 }) })),
  isFenced: fc.boolean(),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** Every question asked, in turn, of one chooser. */
function play({ edges, questions, samples, isFenced }: World) {
  const named = edges.map((one, index) => ({ ...one, id: `e${index}` }));
  const model = new LatencyModel(edgeSetOf(named), 0, { ...LATENCY_RULES, prefixesMax: 16 });
  for (const { edge: number, prefix, rttMs } of samples) {
    learn(model, { client: { prefix, place: undefined }, edge: number, rttMs, kind: "beacon" }, 0);
  }
  const chooser = new Chooser(model, named, 0);
  const conditions = edges.map((one): EdgeCondition => one.condition);
  return questions.map(({ prefix, place: where, contentHash }, index) => {
    const asked: RouteQuestion = {
      ...{ client: { prefix, place: where }, contentHash },
      ...(isFenced && { allowed: Uint8Array.from(edges, ({ allowed }) => (allowed ? 1 : 0)) }),
    };
    const explained = explainRoute(chooser, named, asked, conditions, index * 1000);
    const { edge: chosen, reason, isPanic } = chooser.choose(asked, conditions, index * 1000);
    if (chosen >= 0) chooser.assigned.add(chosen, index * 1000);
    return { chosen, reason, isPanic, explained };
  });
}

const usable = ({ state, isKept }: World["edges"][number]["condition"]) =>
  state === "up" || state === "unknown" || (state === "suspect" && isKept);

describe("every choice", () => {
  it("is of an edge that is not down or suspect while another is up, of an allowed one, and never nobody", () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const candidates = drawn.edges.filter(({ allowed }) => allowed || !drawn.isFenced);
        for (const { chosen, isPanic } of play(drawn)) {
          const edgeChosen = drawn.edges[chosen];
          expect(edgeChosen !== undefined).toBe(candidates.length > 0);
          if (edgeChosen === undefined) continue;
          expect(candidates).toContain(edgeChosen);
          const someUsable = candidates.some((one) => usable(one.condition));
          expect(isPanic).toBe(!someUsable);
          if (someUsable) expect(usable(edgeChosen.condition)).toBe(true);
        }
      }),
    );
  });

  it("is the same for the same questions, and explained by the same object", () => {
    fc.assert(
      fc.property(world, (drawn) => {
        const first = play(drawn);
        expect(play(drawn)).toEqual(first);
        for (const { chosen, reason, explained } of first) {
          expect([explained.choice, explained.reason]).toEqual([chosen < 0 ? undefined : `e${chosen}`, reason]);
          expect(explained.candidates).toHaveLength(drawn.edges.length);
          expect(new Set(explained.candidates.map(({ edge: id }) => id)).size).toBe(drawn.edges.length);
          expect(explained.candidates.filter(({ verdict }) => verdict.startsWith("chosen"))).toHaveLength(
            chosen < 0 ? 0 : 1,
          );
        }
      }),
    );
  });
});
