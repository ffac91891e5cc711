/** From `match` of a rule to a test of a request. Tests that cost least come first. */

import { compileGlob } from "./glob.ts";
import { type HostPattern, hostPatternKey, parseHostPattern } from "./host-pattern.ts";
import { anyGlob } from "./match-text.ts";
import type { RequestView } from "./request-view.ts";
import type { ConditionConfig, MatchConfig } from "./rule-types.ts";

/** Whether a rule is about a request. */
export type RequestTest = (view: RequestView) => boolean;

/** Makes the test. */
export function compileMatch(match: MatchConfig): RequestTest {
  const tests = [...methodTests(match), ...pathTests(match), ...hostTests(match), ...valueTests(match)];
  const [first, second] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  return (view) => {
    for (const test of tests) if (!test(view)) return false;
    return true;
  };
}

function methodTests({ methods }: MatchConfig): RequestTest[] {
  if (methods === undefined) return [];
  return [(view) => methods.includes(view.head.method)];
}

function pathTests({ paths, notPaths }: MatchConfig): RequestTest[] {
  const tests: RequestTest[] = [];
  if (paths !== undefined) {
    const matcher = anyGlob(paths);
    tests.push((view) => matcher.matches(view.path));
  }
  if (notPaths !== undefined) {
    const matcher = anyGlob(notPaths);
    tests.push((view) => !matcher.matches(view.path));
  }
  return tests;
}

function hostTests({ hosts }: MatchConfig): RequestTest[] {
  if (hosts === undefined) return [];
  const patterns = hosts.map(parseHostPattern).filter((pattern) => pattern !== undefined);
  const exact = new Set(patterns.filter(({ kind }) => kind === "exact").map(hostPatternKey));
  const wild = patterns.filter(({ kind }) => kind !== "exact");
  return [
    ({ head, host }) => exact.has(host) || exact.has(head.authority) || wild.some((pattern) => covers(pattern, host)),
  ];
}

function covers(pattern: HostPattern, host: string): boolean {
  return pattern.kind === "any" || (pattern.kind === "below" && host.endsWith(pattern.suffix));
}

function valueTests({ headers = {}, query = {}, cookies = {} }: MatchConfig): RequestTest[] {
  const tests: RequestTest[] = [];
  for (const [written, condition] of Object.entries(headers)) {
    const name = written.toLowerCase();
    const holds = compileCondition(condition);
    tests.push((view) => holds(view.header(name)));
  }
  for (const [name, condition] of Object.entries(query)) {
    const holds = compileCondition(condition);
    tests.push((view) => holds(view.parameter(name)));
  }
  for (const [name, condition] of Object.entries(cookies)) {
    const holds = compileCondition(condition);
    tests.push((view) => holds(view.cookie(name)));
  }
  return tests;
}

/** An absent value fails every condition but `present: false`. */
function compileCondition(condition: ConditionConfig): (value: string | undefined) => boolean {
  if (typeof condition === "string") return (value) => value === condition;
  const { equals, prefix, contains, glob, present } = condition;
  if (present !== undefined) return (value) => (value !== undefined) === present;
  if (equals !== undefined) return (value) => value === equals;
  if (prefix !== undefined) return (value) => value?.startsWith(prefix) === true;
  if (contains !== undefined) return (value) => value?.includes(contains) === true;
  const matcher = compileGlob(glob ?? "");
  return (value) => value !== undefined && matcher.matches(value);
}
