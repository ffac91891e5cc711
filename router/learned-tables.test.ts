/** What was learned is there again after a restart, and a bad file costs nothing else. */
import { expect, it } from "vitest";
import { FleetHealth } from "../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { Decider } from "./decider.ts";
import { LearnedTables } from "./learned-tables.ts";

function tables(kept: { lines: readonly string[] | undefined }, wrong?: Error) {
  const clock = new VirtualClock();
  const target = { scheme: "http", host: "fra", port: 80 } as const;
  const edges = [{ id: "fra", at: [50, 8] as const, target, redirectBase: undefined, transferQuotaBytes: 1000 }];
  const decider = new Decider({
    ...{ mode: "proxy", edges, nowMs: clock.nowMs(), geo: { locate: () => undefined }, choiceRules: CHOICE_RULES },
    health: new FleetHealth({ edges, rules: EDGE_HEALTH_RULES, nowMs: clock.nowMs() }),
    latencyRules: { ...LATENCY_RULES, prefixesMax: 16 },
  });
  const errors: unknown[] = [];
  const learnedFile = {
    load: async () => {
      if (wrong !== undefined) throw wrong;
      return kept.lines;
    },
    head: async () => {
      if (wrong !== undefined) throw wrong;
      return kept.lines?.[0];
    },
    save: async (lines: Iterable<string>) => {
      if (wrong !== undefined) throw wrong;
      kept.lines = [...lines];
    },
  };
  const learned = new LearnedTables(decider, clock, { learnedFile, onError: (error) => errors.push(error) });
  return { clock, decider, learned, errors };
}

it("keeps what was learned every five minutes and at the end", async () => {
  const kept = { lines: undefined };
  const first = tables(kept);
  await first.learned.load();
  first.learned.start();
  const nowMs = first.clock.nowMs();
  first.decider.learn({ clientAddress: "192.0.2.1", edge: "fra", rttMs: 12, kind: "beacon" }, nowMs);
  first.decider.transferred("fra", 950, nowMs);
  first.clock.advance(300_000);
  await first.learned.stop();
  const second = tables(kept);
  await second.learned.load();
  const { candidates } = second.decider.explain({ clientAddress: "192.0.2.9", authority: "" }, second.clock.nowMs());
  expect(candidates).toMatchObject([
    { source: "measured", estimatedRttMs: 12, prices: { quotaMs: expect.closeTo(10) } },
  ]);
});

it("tells of a file that cannot be read or written, and goes on", async () => {
  const { learned, errors } = tables({ lines: undefined }, new Error("no room"));
  await learned.load();
  learned.start();
  await learned.stop();
  expect(errors).toHaveLength(2);
});

it("takes in what another router wrote meanwhile, and never what it wrote itself", async () => {
  const kept = { lines: undefined };
  const [old, young] = [tables(kept), tables(kept)];
  await old.learned.load();
  const nowMs = old.clock.nowMs();
  const sample = { edge: "fra", kind: "beacon" } as const;
  old.decider.learn({ ...sample, clientAddress: "192.0.2.1", rttMs: 12 }, nowMs);
  old.decider.transferred("fra", 400, nowMs);
  await old.learned.stop();
  young.clock.advance(1_000);
  young.decider.learn({ ...sample, clientAddress: "198.51.100.1", rttMs: 30 }, nowMs);
  young.decider.transferred("fra", 300, nowMs);
  await young.learned.stop();
  const third = tables(kept);
  await third.learned.load();
  const rttOf = (clientAddress: string) =>
    third.decider.explain({ clientAddress, authority: "" }, nowMs).candidates[0]?.estimatedRttMs;
  expect([rttOf("192.0.2.1"), rttOf("198.51.100.1")]).toEqual([expect.closeTo(12, 0), expect.closeTo(30, 0)]);
  expect(third.decider.transfer.sums(nowMs).get("fra")).toBe(400);
  // A path that has become slower is not made fast again by the file of before.
  for (let count = 0; count < 3; count += 1)
    third.decider.learn({ ...sample, clientAddress: "192.0.2.1", rttMs: 90 }, nowMs);
  await third.learned.stop();
  await third.learned.stop();
  expect(rttOf("192.0.2.1")).toBeGreaterThan(80);
});
