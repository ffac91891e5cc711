/** A quota begins anew with the month and is not forgotten by a restart. */
import { expect, it } from "vitest";
import { TransferCount } from "./transfer-count.ts";

const NOVEMBER = Date.UTC(2026, 10, 30, 23, 59);
const DECEMBER = Date.UTC(2026, 11, 1);

it("adds up within a month of UTC and begins anew with the next", () => {
  const count = new TransferCount();
  expect([count.add("fra", 10, NOVEMBER), count.add("fra", 5, NOVEMBER), count.add("fra", 1, DECEMBER)]).toEqual([
    10, 15, 1,
  ]);
});

it("is kept as lines, of which only those of this month are taken", () => {
  const count = new TransferCount();
  count.add("fra 1", 10, NOVEMBER);
  const lines = [...count.lines(), "transfer 2026-11 x fra", "transfer 2026-11 -5 fra", "e fra"];
  const restarted = new TransferCount();
  expect(lines.map((line) => restarted.take(line, NOVEMBER))).toEqual([true, true, true, false]);
  expect([...restarted.sums(NOVEMBER)]).toEqual([["fra 1", 10]]);
  const later = new TransferCount();
  for (const line of lines) later.take(line, DECEMBER);
  expect(later.sums(DECEMBER).size).toBe(0);
});
