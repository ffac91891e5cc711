/** What core/cache/groups.ts promises, rule by rule. */
import { expect, test } from "vitest";
import { cacheGroups, invalidatedGroups } from "./groups.ts";

test("groups are a list of strings over all lines, parameters ignored", () => {
  const fields = [
    ["cache-groups", '"scripts";v=1, "a b"'],
    ["cache-groups", '"\\"quoted\\""'],
  ] as const;
  expect(cacheGroups(fields)).toEqual(["scripts", "a b", '"quoted"']);
});

test.each(["scripts", '"a", b', '"a" "b"', '"a",', '"a', "1", '("a" "b")', '"é"'])(
  "%s is no list of strings and counts for nothing",
  (value) => {
    expect(cacheGroups([["cache-groups", value]])).toEqual([]);
    expect(invalidatedGroups([["cache-group-invalidation", value]])).toEqual([]);
  },
);

test("32 groups of 32 characters are supported, and so are 128", () => {
  const list = (count: number) => Array.from({ length: count }, (_, index) => `"${String(index).padStart(32, "g")}"`);
  expect(cacheGroups([["cache-groups", list(32).join(", ")]])).toHaveLength(32);
  expect(cacheGroups([["cache-groups", list(128).join(", ")]])).toHaveLength(128);
  expect(cacheGroups([["cache-groups", list(129).join(", ")]])).toEqual([]);
});

test("an empty field names no group", () => {
  expect(cacheGroups([["cache-groups", ""]])).toEqual([]);
});
