/** Who is a slow reader, and how long one is waited for. */
import { describe, expect, test } from "vitest";
import { ReaderCrowd, ReaderDebt } from "./reader-patience.ts";

const LIMITS = { writeStallMs: 20_000, crowdedStallMs: 15_000, stalledReaders: 2, sendMinBytesPerSecond: 1_000 };

/** The second in which a reader is cut that has taken so many bytes by then; undefined: not within two minutes. */
function cutAfterSeconds(takenBytes: (second: number) => number, crowd = new ReaderCrowd(LIMITS)): number | undefined {
  const reader = new ReaderDebt(crowd);
  const queuedBytes = 10_000_000;
  reader.begin(queuedBytes, 0);
  for (let second = 1; second <= 120; second += 1) {
    if (reader.exhausted(queuedBytes - takenBytes(second), second * 1_000)) return second;
  }
  return undefined;
}

describe("one slow reader", () => {
  test("that takes nothing is cut when its patience is over", () => {
    expect(cutAfterSeconds(() => 0)).toBe(20);
  });

  test("that takes less than the lowest rate is cut, later the more it takes", () => {
    expect(cutAfterSeconds((second) => second * 100)).toBe(23);
    expect(cutAfterSeconds((second) => second * 500)).toBe(40);
  });

  test("that takes the lowest rate is never cut", () => {
    expect(cutAfterSeconds((second) => second * 1_000)).toBeUndefined();
  });

  test("that takes 100 KiB a second lives, though the kernel frees its buffer in steps of more than a megabyte", () => {
    const step = 1_360_000;
    const crowd = new ReaderCrowd({ ...LIMITS, stalledReaders: 0 });
    expect(cutAfterSeconds((second) => Math.floor((second * 102_400) / step) * step, crowd)).toBeUndefined();
  });

  test("is forgiven the time in which it had taken everything", () => {
    const reader = new ReaderDebt(new ReaderCrowd({ ...LIMITS, sendMinBytesPerSecond: 1 }));
    reader.begin(10, 0);
    expect(reader.exhausted(10, 19_000)).toBe(false);
    reader.end(19_000);
    reader.begin(10, 24_000);
    expect(reader.exhausted(10, 33_000)).toBe(false);
    reader.end(33_000);
    reader.begin(10, 90_000);
    expect(reader.exhausted(10, 109_000)).toBe(false);
    expect(reader.exhausted(10, 110_000)).toBe(true);
  });

  test("may take one byte now and then where no lowest rate is set", () => {
    const crowd = new ReaderCrowd({ ...LIMITS, sendMinBytesPerSecond: 0 });
    expect(cutAfterSeconds((second) => Math.floor(second / 10), crowd)).toBeUndefined();
    expect(cutAfterSeconds(() => 0, crowd)).toBe(20);
  });
});

describe("many slow readers", () => {
  test("are cut earlier, the last of them too", () => {
    const crowd = new ReaderCrowd(LIMITS);
    const readers = Array.from({ length: 4 }, () => new ReaderDebt(crowd));
    for (const reader of readers) reader.begin(1, 0);
    const cut = (nowMs: number): number => readers.filter((reader) => reader.exhausted(1, nowMs)).length;
    expect(cut(14_000)).toBe(0);
    expect(cut(15_000)).toBe(4);
    for (const reader of readers.splice(1)) reader.end(15_000);
    expect(cut(16_000)).toBe(1);
  });

  test("that are gone leave patience for those who come half a minute later", () => {
    const crowd = new ReaderCrowd(LIMITS);
    const readers = Array.from({ length: 4 }, () => new ReaderDebt(crowd));
    for (const reader of readers) reader.begin(1, 0);
    for (const reader of readers) reader.exhausted(1, 6_000);
    expect(crowd.patienceMs(6_000)).toBe(15_000);
    for (const reader of readers) reader.end(7_000);
    expect(crowd.patienceMs(40_000)).toBe(20_000);
  });

  test("that take what they are sent are no crowd", () => {
    const crowd = new ReaderCrowd({ ...LIMITS, stalledReaders: 0 });
    expect(cutAfterSeconds((second) => second * 2_000, crowd)).toBeUndefined();
    expect(crowd.patienceMs(0)).toBe(20_000);
  });
});
