/** What core/cache/no-vary-search.ts promises, rule by rule. */
import { expect, test } from "vitest";
import { searchVariance, significantTarget } from "./no-vary-search.ts";

const significant = (field: string, target: string): string | undefined => {
  const variance = searchVariance([["no-vary-search", field]]);
  return variance && significantTarget(target, variance);
};

test.each([
  ['params=("utm_source" "ref")', "/a?q=1&utm_source=x&ref=y&z=2", "/a?q=1&z=2"],
  ['params=("utm_source")', "/a?utm_source=x", "/a"],
  ["params", "/a?q=1&b=2", "/a"],
  ['params, except=("q")', "/a?x=1&q=2&y=3&q=4", "/a?q=2&q=4"],
  ["key-order", "/a?b=2&a=1&b=1", "/a?a=1&b=2&b=1"],
  ['key-order, params=("x")', "/a?b=2&x=3&a=1", "/a?a=1&b=2"],
  ['params=("%C3%A9+%E6%B0%97")', "/a?%C3%A9%20%E6%B0%97=1&q=2", "/a?q=2"],
  ['params=("x");v=1, future=("y")', "/a?x=1&y=2", "/a?y=2"],
])("%s makes %s into %s", (field, target, expected) => {
  expect(significant(field, target)).toBe(expected);
});

test("a name that is encoded otherwise is still the name that matters", () => {
  expect(significant('params, except=("id")', "/a?%69d=1&id=2")).toBe("/a?%69d=1&id=2");
});

test("parameters that matter are compared as they are written", () => {
  expect(significant('params=("x")', "/a?q=%31&x=1")).toBe("/a?q=%31");
  expect(significant('params=("x")', "/a?q=1&x=1")).toBe("/a?q=1");
});

test("a name that is no UTF-8 does not throw", () => {
  expect(significant('params=("x")', "/a?%ff=1&x=1")).toBe("/a?%ff=1");
});

test.each([
  "unknown-key",
  'key-order="not a boolean"',
  'params="not a boolean or inner list"',
  "params=(not-a-string)",
  'params=("a"), except=("x")',
  "params=(), except=()",
  'params=?0, except=("x")',
  "params, except=(not-a-string)",
  'params, except="not an inner list"',
  "params, except=?1",
  'except=("x")',
  "params=?0",
  "params=()",
  "key-order=?0",
  "&&&",
  "",
])("%s says nothing: the whole query counts", (field) => {
  expect(searchVariance([["no-vary-search", field]])).toBeUndefined();
});

test("equal variances have equal ids, however they are written", () => {
  const id = (field: string) => searchVariance([["no-vary-search", field]])?.id;
  expect(id('params=("a" "b")')).toBe(id('params=("b" "a" "a");x, key-order=?0'));
  expect(id('params=("a")')).not.toBe(id('params=("a"), key-order'));
  expect(id('params, except=("a")')).not.toBe(id('params=("a")'));
});
