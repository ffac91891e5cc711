/** The difference of two configs: every changed place, once, and none that is the same. */
import { expect, test } from "vitest";
import { configDiff } from "./config-diff.ts";

test("names every place that differs, with both sides", () => {
  const before = { hosts: ["a", "b"], cache: { defaultTtlSeconds: 60, keyQuery: true } };
  const after = { hosts: ["a", "c", "d"], cache: { defaultTtlSeconds: 90, keyQuery: true }, preset: "x" };
  expect(configDiff(before, after)).toEqual([
    { path: "cache.defaultTtlSeconds", before: 60, after: 90 },
    { path: "hosts[1]", before: "b", after: "c" },
    { path: "hosts[2]", after: "d" },
    { path: "preset", after: "x" },
  ]);
});

test("the order of members is no difference; a new and a removed config are one each", () => {
  expect(configDiff({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  expect(configDiff(undefined, { a: 1 })).toEqual([{ path: "", after: { a: 1 } }]);
  expect(configDiff({ a: 1 }, null)).toEqual([{ path: "", before: { a: 1 }, after: null }]);
});
