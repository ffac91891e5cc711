/** The number of a key's site. */
import { expect, test } from "vitest";
import { keyId } from "./key.ts";
import { sharesByNumber, siteNumber, siteNumberOfKey } from "./site-number.ts";
import { sliceKey } from "./slices.ts";

function keyOf(site: string): string {
  return keyId({ site, scheme: "https", authority: "a.example", keyRules: "x", chosen: [], target: "/4:shop:" });
}

test.each(["shop", "", "4:shop", "slice 1 of 2 ", "a:b", "ünïcode"])(
  "a key and its slices tell the site %j",
  (site) => {
    expect(siteNumberOfKey(keyOf(site))).toBe(siteNumber(site));
    expect(siteNumberOfKey(sliceKey(keyOf(site), 3, 1_048_576))).toBe(siteNumber(site));
    expect(siteNumber(site)).toBeGreaterThan(0);
    expect(siteNumber(site)).toBeLessThan(2 ** 24);
  },
);

test.each(["", ":", "key", "x:shop", "slice 1 of x 4:shop", "-1:a"])("%j is no key of a site", (key) => {
  expect(siteNumberOfKey(key)).toBe(0);
});

test("sites without a share are left out", () => {
  expect([
    ...sharesByNumber(
      new Map([
        ["a", 0],
        ["b", 20],
      ]),
    ),
  ]).toEqual([[siteNumber("b"), 20]]);
});
