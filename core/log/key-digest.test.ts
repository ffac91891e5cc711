/** A key's digest stays what it was: people search their old logs for it. */
import { expect, test } from "vitest";
import { keyDigest } from "./key-digest.ts";

test("the digest of a key is the same today and tomorrow, asked once or twice", () => {
  expect(keyDigest("")).toBe("2b21321cdf2fdb21");
  const key = '["shop","https","a.example","/x"]';
  expect([keyDigest(key), keyDigest(key)]).toEqual(["90a06456494dd003", "90a06456494dd003"]);
});

test("keys that differ in one character, and long ones, have digests of their own", () => {
  const long = "k".repeat(5_000);
  const keys = ["a", "b", "ab", "ba", long, `${long}k`, `${long.slice(1)}l`];
  expect(new Set(keys.map(keyDigest)).size).toBe(keys.length);
});
