/**
 * A million spoilt requests through real edges: whatever we take for a request, the origin's parser — another one —
 * takes for the same request, and nothing else; no crash, no error of ours, no memory kept. Two processes share them.
 */
import { fork } from "node:child_process";
import path from "node:path";
import { isResultMessage, ranges, type ShareResult, together } from "../hostile/mutant-result.ts";
import type { LongContext } from "../long-run.ts";

export const name = "request-mutants";
export const summary = "10^6 mutated requests: requests parsed = requests seen by the origin, no crash, flat memory";

const MUTANTS = Number(process.env.ANTIPODE_MUTANTS ?? 1_000_000);
const PROCESSES = 2;
/** The first process has this seed, the next ones those that follow. */
const SEED = 7;
const CHILD = path.join(import.meta.dirname, "..", "hostile", "mutant-share.ts");

/** One process to its end; rejects when it ends without a result, as a crash does. */
function share(
  context: Pick<LongContext, "log" | "signal">,
  index: number,
  first: number,
  count: number,
): Promise<ShareResult> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [SEED + index, first, count].map(String));
    const stop = (): void => {
      child.kill();
    };
    context.signal.addEventListener("abort", stop, { once: true });
    let result: ShareResult | undefined;
    child.on("message", (message) => {
      if (isResultMessage(message)) result = message.result;
      else context.log(`process ${index + 1}: ${JSON.stringify(message)}`);
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      context.signal.removeEventListener("abort", stop);
      if (result !== undefined && code === 0) resolve(result);
      else reject(new Error(`process ${index + 1} ended without a result: ${signal ?? code}`));
    });
  });
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const failed = new AbortController();
  const within = { log: context.log, signal: AbortSignal.any([context.signal, failed.signal]) };
  const shares = ranges(MUTANTS, PROCESSES).map(({ first, count }, index) => share(within, index, first, count));
  try {
    return together(MUTANTS, await Promise.all(shares));
  } finally {
    // When one has crashed, the others need not go on.
    failed.abort();
  }
}
