/** What a purge names, as edges look it up; what could never match is refused. */
import { expect, test } from "vitest";
import { PREFIX_SEGMENTS_MAX, purgeUrl, purgeValue } from "./purge-value.ts";

test.each([
  ["https://Shop.Example/a?b=C#d", "//shop.example/a?b=C"],
  ["http://shop.example:80/a", "//shop.example/a"],
  ["https://shop.example:443", "//shop.example/"],
  ["http://shop.example:8080/", "//shop.example:8080/"],
  ["shop.example/a", "//shop.example/a"],
  ["//shop.example/%7Ea", "//shop.example/%7Ea"],
  ["shop.example?x=1", "//shop.example/?x=1"],
  ["shop.example:80/a", "//shop.example/a"],
  ["https://shop.example./a", "//shop.example/a"],
  ["https://[2001:DB8:0:0::1]:8443/a", "//[2001:db8::1]:8443/a"],
  ["https://[::1]:443/a", "//[::1]/a"],
  ["https://shop.example/café?q=ä", "//shop.example/caf%C3%A9?q=%C3%A4"],
  ["https://müller.example/", undefined],
  ["https://shop.example/\ud800", undefined],
  ["https://user@shop.example/", undefined],
  ["/a", undefined],
  ["ftp://x/", undefined],
  ["a b", undefined],
  ["", undefined],
])("%j is looked up as %j", (text, expected) => expect(purgeUrl(text)).toBe(expected));

test.each([
  ["tag", "Red one", "Red one"],
  ["host", "https://Shop.Example:443/", "shop.example"],
  ["host", "shop.example:8080", "shop.example:8080"],
  ["host", "[::1]:8080", "[::1]:8080"],
  ["host", "shop.example/a", undefined],
  ["prefix", "https://shop.example/a/", "//shop.example/a/"],
  ["prefix", "https://shop.example/a?b", undefined],
  ["prefix", `shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX)}`, `//shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX)}`],
  ["prefix", `shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX)}/`, `//shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX)}/`],
  ["prefix", `shop.example${"/a".repeat(PREFIX_SEGMENTS_MAX + 1)}`, undefined],
  ["url", "shop.example/a?b", "//shop.example/a?b"],
] as const)("%s %j becomes %j", (scope, text, expected) => {
  const read = purgeValue(scope, text, { tagsPerResponseMaxBytes: 8_192 });
  expect(read.kind === "value" ? read.value : undefined).toBe(expected);
});
