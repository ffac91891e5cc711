/** What core/cache/search-variances.ts promises, rule by rule. */
import { expect, test } from "vitest";
import { searchVariance } from "./no-vary-search.ts";
import { SearchVariances } from "./search-variances.ts";

function variance(text: string) {
  const parsed = searchVariance([["no-vary-search", text]]);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

test("a path remembers its newest variances, each once", () => {
  const searches = new SearchVariances({ maxPaths: 10 });
  expect(searches.isEmpty).toBe(true);
  for (const text of ["params", "key-order", 'params=("a")', "key-order"]) searches.learn("/a", variance(text));
  expect(searches.of("/a")).toEqual([variance("key-order"), variance('params=("a")')]);
  expect(searches.of("/b")).toEqual([]);
});

test("the path that learned longest ago is forgotten first", () => {
  const searches = new SearchVariances({ maxPaths: 2 });
  for (const path of ["/a", "/b", "/a", "/c"]) searches.learn(path, variance("params"));
  expect(["/a", "/b", "/c"].map((path) => searches.of(path).length)).toEqual([1, 0, 1]);
});
