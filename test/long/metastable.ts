/** An origin is gone for a minute under 80 % of its load, once killed and once hung, and comes back. */
import type { LongContext } from "../long-run.ts";
import { type Death, metastable } from "../origins/metastable.ts";

export const name = "metastable";
export const summary =
  "origin dead for 60 s at 80 % load: attempts ≤ 1.1 × requests, ≥ 99 % of kept keys served, at once after 2 s, full goodput ≤ 30 s after";

const LOAD = 0.8;
const WARM_MS = 12_000;
const DEAD_MS = 60_000;
const AFTER_MS = 45_000;
const DEATHS: readonly Death[] = ["killed", "stopped"];
const ATTEMPTS_MAX = 1.1;
const KEPT_SERVED_MIN = 0.99;
const KNOWN_P99_MAX_MS = 50;
const GOODPUT_WITHIN_SECONDS = 30;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const results = [];
  for (const death of DEATHS) {
    const plan = { death, load: LOAD, warmMs: WARM_MS, deadMs: DEAD_MS, afterMs: AFTER_MS };
    const result = await metastable(plan, context.signal, context.log);
    context.log(JSON.stringify(result));
    results.push(result);
  }
  const passed = results.every(({ outage, recovery, attemptsPerRequest, sameProcess }) => {
    const { fullGoodputAfterSeconds: after } = recovery;
    const isServed = outage.keptServedShare >= KEPT_SERVED_MIN && outage.knownP99Ms <= KNOWN_P99_MAX_MS;
    return (
      sameProcess && isServed && attemptsPerRequest <= ATTEMPTS_MAX && after !== null && after <= GOODPUT_WITHIN_SECONDS
    );
  });
  return { passed, load: LOAD, deadSeconds: DEAD_MS / 1_000, results };
}
