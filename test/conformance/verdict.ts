/** What the raw results mean: pass, fail, or not reached because a test it depends on failed. */
import type { RawResult, SuiteTest } from "./suite.ts";

/** The verdict on one test. */
export type Verdict = "pass" | "fail" | "setup" | "dependency" | "untested";

/** Verdicts by test id, following dependencies as the suite does. */
export function verdicts(
  tests: readonly SuiteTest[],
  results: Readonly<Record<string, RawResult>>,
): ReadonlyMap<string, Verdict> {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const known = new Map<string, Verdict>();
  const judge = (id: string): Verdict => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const verdict = ownVerdict(byId.get(id), results[id], judge);
    known.set(id, verdict);
    return verdict;
  };
  for (const test of tests) judge(test.id);
  return known;
}

function ownVerdict(
  test: SuiteTest | undefined,
  result: RawResult | undefined,
  judge: (id: string) => Verdict,
): Verdict {
  if (test === undefined || result === undefined) return "untested";
  if (test.depends_on?.some((dependency) => judge(dependency) !== "pass")) return "dependency";
  if (result === true) return "pass";
  return result[0] === "Setup" ? "setup" : "fail";
}

/** Counts by kind: how many passed, of how many. */
export function tally(tests: readonly SuiteTest[], judged: ReadonlyMap<string, Verdict>) {
  const count = (kind: string) => {
    const of = tests.filter((test) => (test.kind ?? "required") === kind);
    return { passed: of.filter((test) => judged.get(test.id) === "pass").length, total: of.length };
  };
  return { required: count("required"), optimal: count("optimal"), check: count("check") };
}
