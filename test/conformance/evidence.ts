/** The results that docs/conformance.md is made of: JSON files in docs/evidence, written by the runner and by `table.ts`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "./verdict.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "docs", "evidence");

/** How many tests of one kind passed, of how many. */
export interface Count {
  readonly passed: number;
  readonly total: number;
}

/** Counts by kind; for `check`, "passed" means that the answer is yes. */
export interface Counts {
  readonly required: Count;
  readonly optimal: Count;
  readonly check: Count;
}

/** What one run of the suite against an edge of ours came to (`npm run conformance -- --json FILE`). */
export interface RunResult {
  readonly edition: "newest" | "packaged";
  readonly profile: "rfc9111" | "safe";
  readonly counts: Counts;
  readonly checks: Readonly<Record<string, Verdict>>;
}

/** What the suite's authors published of another cache, counted with our rules. */
export interface PublishedResult {
  readonly name: string;
  readonly version: string;
  readonly counts: Counts;
}

/** All that was published, with how many of these caches answer yes to each check test. */
export interface Published {
  readonly caches: readonly PublishedResult[];
  readonly checksYes: Readonly<Record<string, number>>;
}

/** The file of a run: of a profile on Node, or of `workers`. */
export function runFile(edition: RunResult["edition"], what: string): string {
  return join(FOLDER, `conformance-${edition}-${what}.json`);
}

/** A recorded run, or undefined when there is none yet. */
export function recordedRun(edition: RunResult["edition"], what: string): RunResult | undefined {
  const file = runFile(edition, what);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

const PUBLISHED_FILE = join(FOLDER, "conformance-others.json");

/** What was published of other caches. */
export function published(): Published {
  return JSON.parse(readFileSync(PUBLISHED_FILE, "utf8"));
}

/** Records what was published. */
export function writePublished(value: Published): void {
  writeFileSync(PUBLISHED_FILE, `${JSON.stringify(value, null, 2)}\n`);
}
