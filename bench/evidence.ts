/** Prints what a bench found, and keeps it as a file with where and when it was found. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { provenance } from "../test/provenance.ts";

/** Writes `result` as evidence to `file` when there is one, and sets the exit code: 1 when a limit was missed. */
export function conclude(file: string | undefined, passed: boolean, result: object): void {
  process.exitCode = passed ? 0 : 1;
  if (file === undefined) return;
  const evidence = { name: path.basename(file, ".json"), passed, ...provenance(), result };
  writeFileSync(file, `${JSON.stringify(evidence, null, 2)}\n`);
}

/** The middle one; of an even number, the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error("no values");
  return middle;
}
