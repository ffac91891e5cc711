/** What was learned is there again after a restart, and a bad file costs nothing else. */
import { expect, it } from "vitest";
import { edgeSetOf } from "../core/route/edge-set.ts";
import { LATENCY_RULES, LatencyModel } from "../core/route/latency-model.ts";
import { learn } from "../core/route/learn.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { LearnedTables } from "./learned-tables.ts";

function tables(kept: { lines: readonly string[] | undefined }, wrong?: Error) {
  const clock = new VirtualClock();
  const edges = edgeSetOf([{ id: "fra", at: [50, 8] }]);
  const model = new LatencyModel(edges, clock.nowMs(), { ...LATENCY_RULES, prefixesMax: 16 });
  const errors: unknown[] = [];
  const learnedFile = {
    load: async () => {
      if (wrong !== undefined) throw wrong;
      return kept.lines;
    },
    save: async (lines: Iterable<string>) => {
      if (wrong !== undefined) throw wrong;
      kept.lines = [...lines];
    },
  };
  const learned = new LearnedTables(model, clock, { learnedFile, onError: (error) => errors.push(error) });
  return { clock, model, learned, errors };
}

it("keeps what was learned every five minutes and at the end", async () => {
  const kept = { lines: undefined };
  const first = tables(kept);
  await first.learned.load();
  first.learned.start();
  learn(
    first.model,
    { client: { prefix: 7, place: undefined }, edge: 0, rttMs: 12, kind: "beacon" },
    first.clock.nowMs(),
  );
  first.clock.advance(300_000);
  await first.learned.stop();
  const second = tables(kept);
  await second.learned.load();
  expect(second.model.prefixes.find(7)).toBeGreaterThanOrEqual(0);
});

it("tells of a file that cannot be read or written, and goes on", async () => {
  const { learned, errors } = tables({ lines: undefined }, new Error("no room"));
  await learned.load();
  learned.start();
  await learned.stop();
  expect(errors).toHaveLength(2);
});
