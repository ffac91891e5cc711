/**
 * Prints our results beside those of other caches. `--suite DIR`: counts the others' anew from the results in a checkout of
 * the suite; `--write`: writes docs/conformance.md.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { conformanceDocument, type Results, resultsTable } from "./document.ts";
import { type Published, published, type RunResult, recordedRun, writePublished } from "./evidence.ts";
import { loadSuite, type RawResult } from "./suite.ts";
import { tally, verdicts } from "./verdict.ts";

/** Where the document lies. */
export const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "conformance.md");

interface ResultFile {
  readonly file: string;
  readonly name: string;
  readonly type: string;
  readonly version: string;
}

/** Counts what the suite publishes of reverse proxies and CDNs, with our rules. */
async function countPublished(directory: string): Promise<Published> {
  const suite = await loadSuite(directory);
  const index: readonly ResultFile[] = (await import(pathToFileURL(join(directory, "results", "index.mjs")).href))
    .default;
  const checksYes: Record<string, number> = {};
  const caches = index
    .filter(({ type }) => type !== "browser")
    .map(({ file, name, version }) => {
      const results: Record<string, RawResult> = JSON.parse(readFileSync(join(directory, "results", file), "utf8"));
      const judged = verdicts(suite.tests, results);
      for (const test of suite.tests) {
        if (test.kind === "check" && judged.get(test.id) === "pass") checksYes[test.id] = (checksYes[test.id] ?? 0) + 1;
      }
      return { name, version, counts: tally(suite.tests, judged) };
    });
  return { caches, checksYes };
}

/** Everything that is recorded. */
export function recordedResults(): Results {
  const run = (edition: RunResult["edition"], profile: string): RunResult => {
    const recorded = recordedRun(edition, profile);
    if (recorded === undefined) throw new Error(`no recorded run of the ${edition} edition in ${profile}`);
    return recorded;
  };
  const both = (edition: RunResult["edition"]) => ({ rfc9111: run(edition, "rfc9111"), safe: run(edition, "safe") });
  const newest = { ...both("newest"), workers: run("newest", "workers") };
  return { newest, packaged: both("packaged"), others: published() };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { suite: { type: "string" }, write: { type: "boolean", default: false } } });
  if (values.suite !== undefined) writePublished(await countPublished(values.suite));
  const results = recordedResults();
  console.log(resultsTable(results));
  if (values.write) writeFileSync(DOCUMENT, conformanceDocument(results));
}
