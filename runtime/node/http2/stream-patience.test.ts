/** How long a stream is waited for. */
import { describe, expect, test } from "vitest";
import { ReaderCrowd } from "../http1/reader-patience.ts";
import { StreamPatience } from "./stream-patience.ts";

const LIMITS = { silenceMs: 10_000, requestMs: 30_000, bodyGraceMs: 10_000, bodyMinBytesPerSecond: 1_000 };
const READERS = { writeStallMs: 20_000, crowdedStallMs: 10_000, stalledReaders: 2, sendMinBytesPerSecond: 1_000 };
const made = (hasBody: boolean) => new StreamPatience(LIMITS, new ReaderCrowd(READERS), hasBody, 0);

/** The second in which it is over; undefined: not within two minutes. */
function overAfterSeconds(patience: StreamPatience, unsentBytes: number, each: (second: number) => void = () => {}) {
  for (let second = 1; second <= 120; second += 1) {
    each(second);
    if (patience.isOver(unsentBytes, second * 1_000)) return second;
  }
  return undefined;
}

describe("an answer", () => {
  test("that nobody takes is given up; the time before there was one does not count", () => {
    expect(overAfterSeconds(made(false), 16_000)).toBe(21);
    const late = made(false);
    expect(overAfterSeconds(late, 0)).toBeUndefined();
    expect(late.isOver(16_000, 121_000)).toBe(false);
  });

  test("of which a piece is taken now and then is not, though there is always one that waits", () => {
    const patience = made(false);
    const takes = (everySeconds: number) =>
      overAfterSeconds(patience, 16_000, (second) => second % everySeconds === 0 && patience.taken(second * 1_000));
    expect(takes(15)).toBeUndefined();
  });
});

describe("a body", () => {
  test("that does not come is given up", () => {
    expect(overAfterSeconds(made(true), 0)).toBe(10);
  });

  test("that drips is given up", () => {
    const patience = made(true);
    expect(overAfterSeconds(patience, 0, (second) => patience.bodyReceived(10, second * 1_000))).toBe(10);
  });

  test("that we do not want yet is waited for, and after that it has its whole time again", () => {
    const patience = made(true);
    patience.bodyPaused(0);
    expect(overAfterSeconds(patience, 0)).toBeUndefined();
    patience.bodyResumed(121_000);
    expect(patience.isOver(0, 130_000)).toBe(false);
    expect(patience.isOver(0, 131_000)).toBe(true);
  });

  test("that has come is not waited for", () => {
    const patience = made(true);
    patience.bodyEnded();
    expect(overAfterSeconds(patience, 0)).toBeUndefined();
  });
});
