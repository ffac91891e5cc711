/** Tests of canonical field names. */
import { expect, test } from "vitest";
import { canonicalCase } from "./field-case.ts";

test.each([
  ["content-type", "Content-Type"],
  ["etag", "ETag"],
  ["www-authenticate", "WWW-Authenticate"],
  ["x-a-b", "X-A-B"],
  ["x--y", "X--Y"],
  ["cdn-cache-control", "CDN-Cache-Control"],
  ["_odd", "_odd"],
  ["a1-2b", "A1-2b"],
])("%s is written %s", (name, written) => {
  expect(canonicalCase(name)).toBe(written);
  expect(canonicalCase(name)).toBe(written);
});

test("any number of names is cased right, remembered or not", () => {
  for (let index = 0; index < 3_000; index += 1) expect(canonicalCase(`x-n${index}`)).toBe(`X-N${index}`);
});
