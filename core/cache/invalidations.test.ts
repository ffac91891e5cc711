/** What core/cache/invalidations.ts promises, rule by rule. */
import { expect, test } from "vitest";
import { Invalidations } from "./invalidations.ts";

const make = (max: number) => new Invalidations({ maxUris: max, maxNames: max });

test("moments are all different and in order, even within a millisecond and after the clock went back", () => {
  const invalidations = make(10);
  const moments = [5000, 5000, 5000, 4000, 4000, 5001].map((nowMs) => invalidations.moment(nowMs));
  expect(moments).toEqual([...new Set(moments)].sort((a, b) => a - b));
  expect(moments.at(-1)).toBe(5001);
});

test("what was fetched before a name was made invalid is older than it, what is fetched afterwards is not", () => {
  const invalidations = make(10);
  const before = invalidations.moment(1000);
  invalidations.add({ uris: ["/a"], names: ["group"] }, 1000);
  const after = invalidations.moment(1000);
  for (const last of [invalidations.lastOfUri("/a"), invalidations.lastOfName("group")]) {
    expect(before).toBeLessThan(last);
    expect(after).toBeGreaterThan(last);
  }
  expect(invalidations.lastOfUri("group")).toBe(0);
  expect(invalidations.lastOfName("/a")).toBe(0);
});

test("forgotten names make everything invalid that is as old as they are", () => {
  const invalidations = make(4);
  for (let index = 0; index < 5; index += 1) invalidations.add({ uris: [], names: [`${index}`] }, 1000 + index);
  expect(invalidations.lastOfName("never named")).toBe(1002);
  expect(invalidations.lastOfName("0")).toBe(1002);
  expect(invalidations.lastOfName("4")).toBe(1004);
});

test("any number of URIs makes no name invalid", () => {
  const invalidations = make(4);
  for (let index = 0; index < 100; index += 1) invalidations.add({ uris: [`/${index}`], names: [] }, 1000);
  expect(invalidations.lastOfName("group")).toBe(0);
  expect(invalidations.hasNames).toBe(false);
  expect(invalidations.lastOfUri("/of long ago")).toBeGreaterThan(1000);
});

test("a name that is made invalid again counts as new", () => {
  const invalidations = make(2);
  for (const name of ["a", "b", "a", "c"]) invalidations.add({ uris: [], names: [name] }, 1000);
  expect(invalidations.lastOfName("a")).toBeGreaterThan(1001 - 1);
  expect(invalidations.lastOfName("a")).toBeLessThan(invalidations.lastOfName("c"));
});
