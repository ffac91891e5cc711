/** A million mutants of real fields: no parser throws, no age or lifetime is negative or no number. */
import { setImmediate } from "node:timers/promises";
import type { LongContext } from "../long-run.ts";
import { checkMutant } from "../property/header-mutants.ts";

/** The same as the module's name. */
export const name = "header-mutants";
/** For the list. */
export const summary =
  "10^6 grammar-based mutants of real request and response fields through every parser and decision";

const MUTANTS = Number(process.env.ANTIPODE_MUTANTS ?? 1_000_000);
const BATCH = 50_000;
const SHOWN_MAX = 10;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const broken: string[] = [];
  let failures = 0;
  let slowestMs = 0;
  for (let seed = 1; seed <= MUTANTS; seed += 1) {
    const startedMs = performance.now();
    try {
      checkMutant(seed);
    } catch (error) {
      failures += 1;
      if (broken.length < SHOWN_MAX) broken.push(`seed ${seed}: ${error}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    if (seed % BATCH !== 0) continue;
    context.log(`${seed} mutants, ${failures} failures`);
    await setImmediate();
    if (context.signal.aborted) throw new Error("interrupted");
  }
  return { passed: failures === 0, mutants: MUTANTS, failures, broken, slowestMs: Math.round(slowestMs) };
}
