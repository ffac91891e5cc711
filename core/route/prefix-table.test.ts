/** The table of prefixes: bounded in bytes, in edges and in prefixes. */
import { describe, expect, it } from "vitest";
import { prefixKeyOf } from "./group-key.ts";
import { EDGES_PER_PREFIX, type MeasuredEdge, PrefixTable } from "./prefix-table.ts";

const measured = (edge: number, rttMs: number): MeasuredEdge => ({
  ...{ edge, rttMs, weight: 1, spreadMs: 1, outliers: 0, atTick: 0 },
});
const blank = measured(0, 0);
function edgesOf(table: PrefixTable, key: number): (readonly [edge: number, rttMs: number])[] {
  const slot = table.find(key);
  const found: (readonly [number, number])[] = [];
  for (let index = 0; slot >= 0 && table.read(slot, index, blank); index += 1) found.push([blank.edge, blank.rttMs]);
  return found;
}

describe("the table of prefixes", () => {
  it("takes at most 200 bytes a prefix", () => {
    expect(new PrefixTable(1000, 0).bytes / 1000).toBeLessThanOrEqual(200);
  });

  it("keeps what is written, and the newest of it", () => {
    const table = new PrefixTable(10, 0);
    table.write(7, measured(3, 12.3));
    table.write(7, measured(4, 50));
    table.write(7, measured(3, 20));
    expect(edgesOf(table, 7)).toEqual([
      [3, 20],
      [4, 50],
    ]);
    expect(edgesOf(table, 8)).toEqual([]);
  });

  it("forgets the farthest edge of a prefix when there are too many", () => {
    const table = new PrefixTable(2, 0);
    for (let edge = 0; edge < EDGES_PER_PREFIX; edge += 1) table.write(1, measured(edge, 10 + edge));
    expect(table.write(1, measured(50, 200))).toBe(false);
    expect(table.write(1, measured(51, 5))).toBe(true);
    expect(edgesOf(table, 1).map(([edge]) => edge)).toEqual([...Array(EDGES_PER_PREFIX - 1).keys(), 51]);
  });

  it("forgets the prefix that was taught longest ago, whatever else it held", () => {
    const table = new PrefixTable(100, 0);
    const known = new Map<number, number>();
    for (let step = 0; step < 5000; step += 1) {
      const key = (step * 7919) % 257;
      known.delete(key);
      known.set(key, step % 300);
      table.write(key, measured(1, step % 300));
    }
    const newest = [...known].slice(-100);
    expect(table.size).toBe(100);
    expect([...table.keys()]).toEqual(newest.map(([key]) => key));
    for (const [key, rttMs] of newest) expect(edgesOf(table, key)).toEqual([[1, rttMs]]);
    for (const [key] of [...known].slice(0, -100)) expect(table.find(key)).toBe(-1);
  });
});

describe("the key of a prefix", () => {
  it("is the same within a /24 or /48 and differs between them", () => {
    const same = [
      ["192.0.2.1", "192.0.2.254"],
      ["2001:db8:1::1", "2001:db8:1:ffff::1"],
      ["::ffff:192.0.2.1", "192.0.2.9"],
    ] as const;
    for (const [a, b] of same) expect(prefixKeyOf(a)).toBe(prefixKeyOf(b));
    const keys = ["192.0.2.1", "192.0.3.1", "2001:db8:1::1", "2001:db8:2::1", "::1", "0.0.0.1"].map(prefixKeyOf);
    expect(new Set(keys).size).toBe(6 - 0);
    expect(prefixKeyOf("no address")).toBeUndefined();
  });
});
