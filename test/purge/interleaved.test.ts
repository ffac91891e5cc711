/** Purges hold in whatever order things happen; and who judges that would notice if they did not. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { AppliedPurges, type PurgeVerdict } from "../../core/ledger/applied-purges.ts";
import { type Parts, PURGES, run, type Step, TARGETS } from "./interleaved.ts";

const target = fc.constantFrom(...TARGETS);
const which = fc.nat(7);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("ask"), target }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("answer"), which, fails: fc.nat(9).map((dice) => dice === 0) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("purge"), what: fc.nat(PURGES.length - 1), soft: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("change"), target }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("evict"), target }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait"), ms: fc.constantFrom(1, 1_000, 61_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart") }) },
);
const steps = fc.array(step, { minLength: 5, maxLength: 60, size: "max" });

const asItIs: Parts = { newPurges: () => new AppliedPurges(), remembers: true };

/** The seed is fixed: a test that fails now and then is of no use; `ANTIPODE_SEED` tries another. */
const SEED = Number(process.env.ANTIPODE_SEED ?? 11);

const holds = (parts: Parts) =>
  fc.asyncProperty(steps, async (all) => {
    expect((await run(all, parts)).violations).toEqual([]);
  });

test("fills, revalidations, purges, evictions and restarts in any order: nothing from before a purge is used after it", async () => {
  await fc.assert(holds(asItIs), { seed: SEED, numRuns: Number(process.env.ANTIPODE_RUNS ?? 120) });
});

class NothingCompared extends AppliedPurges {
  override mayCover(): boolean {
    return false;
  }
}

class AllSoft extends AppliedPurges {
  override verdict(...asked: Parameters<AppliedPurges["verdict"]>): PurgeVerdict | undefined {
    const verdict = super.verdict(...asked);
    return verdict === "gone" ? { staleSinceMs: 0 } : verdict;
  }
}

test.each<[string, Parts]>([
  ["positions are not compared", { ...asItIs, newPurges: () => new NothingCompared() }],
  ["what is gone is taken as stale", { ...asItIs, newPurges: () => new AllSoft() }],
  ["an edge that starts has forgotten its purges", { ...asItIs, remembers: false }],
])("the judge notices when %s", async (_, parts) => {
  const found = await fc.check(holds(parts), { seed: SEED, numRuns: 300, endOnFailure: true });
  expect(found.failed).toBe(true);
});
