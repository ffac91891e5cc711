/** The store is told of shares when they change. */
import { expect, test } from "vitest";
import { shareAmong } from "./store-shares.ts";

function sites(shares: Readonly<Record<string, number>>) {
  return Object.entries(shares).map(([name, storagePercent]) => ({ name, storagePercent }));
}

test("a store is told what sites are promised, once", () => {
  const told: object[] = [];
  const share = shareAmong({ share: (percents) => told.push(Object.fromEntries(percents)) });
  share(sites({ a: 0, b: 0 }));
  expect(told).toEqual([]);
  share(sites({ a: 20, b: 0 }));
  share(sites({ b: 0, a: 20 }));
  expect(told).toEqual([{ a: 20 }]);
  share(sites({ b: 5, a: 20 }));
  share(sites({ b: 5 }));
  share([]);
  expect(told.slice(1)).toEqual([{ b: 5, a: 20 }, { b: 5 }, {}]);
});
