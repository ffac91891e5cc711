/** What core/cache/tags.ts promises, rule by rule. */
import { expect, test } from "vitest";
import { responseTags } from "./tags.ts";

const LIMITS = { tagsPerResponseMax: 3, tagsPerResponseMaxBytes: 20 };

test("Cache-Tag splits on commas, Surrogate-Key on spaces, each tag counts once", () => {
  const fields = [
    ["cache-tag", "news, front page ,, news"],
    ["surrogate-key", " news  News "],
  ] as const;
  expect(responseTags(fields, LIMITS)).toEqual(["news", "front page", "News"]);
});

test("a response without tags has none", () => {
  expect(responseTags([["etag", '"a"']], LIMITS)).toEqual([]);
});

test("more tags than allowed are not cut: the response says so", () => {
  expect(responseTags([["cache-tag", "a,b,c,d"]], LIMITS)).toBe("over-limit");
  expect(responseTags([["cache-tag", "a,b,b,a,c"]], LIMITS)).toEqual(["a", "b", "c"]);
});

test("longer tags than allowed together are over the limit", () => {
  expect(responseTags([["cache-tag", "x".repeat(20)]], LIMITS)).toHaveLength(1);
  expect(responseTags([["cache-tag", `${"x".repeat(20)},y`]], LIMITS)).toBe("over-limit");
});
