/** docs/conformance.md is what the recorded results and reasons make, and its reasons are complete. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHECK_GROUPS } from "./checks.ts";
import { DECLINED, DECLINED_PACKAGED, DECLINED_PARTIAL, DECLINED_SAFE } from "./declined.ts";
import { CHOICES, SAFE_DEPARTURES } from "./departures.ts";
import { conformanceDocument } from "./document.ts";
import { DOCUMENT, recordedResults } from "./table.ts";

const results = recordedResults();
const { newest, packaged } = results;

test("the document is current (node test/conformance/table.ts --write)", () => {
  expect(readFileSync(DOCUMENT, "utf8")).toBe(conformanceDocument(results));
});

test("every check test of the newest edition has a reason, once, and no other has one", () => {
  const explained = CHECK_GROUPS.flatMap((group) => group.tests);
  expect(explained.toSorted()).toEqual(Object.keys(newest.rfc9111.checks).toSorted());
});

test("the recorded counts are those that are declared: all but the declined tests", () => {
  const passing = ({ counts }: typeof newest.safe) => [counts.required, counts.optimal].map(({ passed }) => passed);
  const totals = ({ counts }: typeof newest.safe) => [counts.required, counts.optimal].map(({ total }) => total);
  expect(totals(newest.rfc9111)).toEqual([160, 105]);
  expect(passing(newest.rfc9111)).toEqual([160, 99]);
  expect(passing(newest.safe)).toEqual([158, 98]);
  expect(passing(newest.workers)).toEqual([158, 95]);
  expect(totals(packaged.rfc9111)).toEqual([157, 86]);
});

test("only these may be declined in both profiles of the newest edition", () => {
  expect(Object.keys({ ...DECLINED, ...DECLINED_PARTIAL }).toSorted()).toEqual([
    "conditional-lm-fresh-no-lm",
    "partial-store-partial-complete",
    "partial-store-partial-reuse-partial",
    "partial-store-partial-reuse-partial-absent",
    "partial-store-partial-reuse-partial-byterange",
    "partial-store-partial-reuse-partial-suffix",
  ]);
});

test("every scenario that a reason names exists", () => {
  const folder = join(import.meta.dirname, "..", "scenario");
  const scenarios = globSync("*.test.ts", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
  const declined = [DECLINED, DECLINED_PARTIAL, DECLINED_SAFE, DECLINED_PACKAGED].flatMap((tests) =>
    Object.values(tests),
  );
  const named = [...declined, ...SAFE_DEPARTURES, ...CHOICES].map(({ scenario }) => scenario);
  const missing = named.filter((name) => !scenarios.some((text) => text.includes(`"${name}"`)));
  expect(missing).toEqual([]);
});
