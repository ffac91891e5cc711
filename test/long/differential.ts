/** A million seeded triples, decided by us and by http-cache-semantics: every difference has a name and a reason. */
import { setImmediate } from "node:timers/promises";
import { compare } from "../differential/compare.ts";
import type { LongContext } from "../long-run.ts";

/** The same as the module's name. */
export const name = "differential";
/** For the list. */
export const summary = "10^6 (request, response, later request) triples against http-cache-semantics";

const TRIPLES = 1_000_000;
const REUSED_SHARE_MIN = 0.3;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const { triples, bothReuse, named, unnamedCount, unnamed, unused } = await compare(TRIPLES, async (done) => {
    context.log(`${done} triples`);
    await setImmediate();
    if (context.signal.aborted) throw new Error("interrupted");
  });
  const reusedByBothShare = bothReuse / triples;
  const passed = unnamedCount === 0 && unused.length === 0 && reusedByBothShare >= REUSED_SHARE_MIN;
  return { passed, triples, reusedByBothShare, differences: Object.fromEntries(named), unnamedCount, unnamed };
}
