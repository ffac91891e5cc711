/** A reader is left behind for being slower, not for being some bytes behind. */
import { describe, expect, test } from "vitest";
import { type Pace, type Paced, paceOf } from "./pace.ts";

const PATIENCE = { lagBytes: 8_000_000, patienceMs: 2_000 };
const { lagBytes } = PATIENCE;
const WHOLE_BYTES = 400_000_000;

/** Where the fastest was when the reader was found to be `wanted`; it takes `share` of what the fastest takes, a step every 100 ms. */
function foundAt(wanted: Pace, share: number, { startsBehind = 0, stepBytes = 500_000 } = {}): number | undefined {
  let [offset, nowMs] = [0, 0];
  const reader: Paced = {
    get offset() {
      return offset;
    },
    notice: undefined,
  };
  for (let fastest = startsBehind; fastest <= WHOLE_BYTES; fastest += stepBytes) {
    if (paceOf(reader, fastest, nowMs, PATIENCE) === wanted) return fastest;
    offset += share * stepBytes;
    nowMs += 100;
  }
  return undefined;
}

describe("a reader of a fill", () => {
  test("that takes nothing leaves when it has done so for a while", () => {
    expect(foundAt("slow", 0)).toBe(lagBytes + 21 * 500_000);
  });
  test("that takes nothing of a fast fill leaves at four times the allowed bytes", () => {
    expect(foundAt("slow", 0, { stepBytes: 4_000_000 })).toBe(36_000_000);
  });
  test("that takes a tenth leaves soon", () => {
    expect((foundAt("slow", 0.1) ?? 0) * 0.9).toBeLessThan(lagBytes + 11_000_000);
  });
  test("that keeps pace stays, although the other's socket holds more from the beginning", () => {
    expect(foundAt("slow", 1, { startsBehind: 28_000_000 })).toBeUndefined();
    expect(foundAt("nearly-fast", 1, { startsBehind: 28_000_000 })).toBeUndefined();
  });
  test("that is a little slower is waited for at four times the allowed bytes", () => {
    const behind = (foundAt("nearly-fast", 0.8) ?? 0) * 0.2;
    expect(behind).toBeGreaterThan(4 * lagBytes - 500_000);
    expect(behind).toBeLessThan(4 * lagBytes + 500_000);
  });
  test("that catches up is looked at anew", () => {
    const reader = { offset: 0, notice: undefined };
    expect(paceOf(reader, lagBytes + 1, 0, PATIENCE)).toBe("fast");
    reader.offset = lagBytes;
    expect(paceOf(reader, lagBytes + 1, 1_000, PATIENCE)).toBe("fast");
    expect(reader.notice).toBeUndefined();
    expect(paceOf(reader, 2 * lagBytes + 1, 2_500, PATIENCE)).toBe("fast");
  });
});
