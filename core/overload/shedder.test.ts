/** Tests of shedding. */
import { describe, expect, test } from "vitest";
import { type Load, pressureOf, retryAfterSeconds, Shedder, WORK } from "./shedder.ts";

const limits = { lagMaxMs: 100, inFlightMaxBytes: 1_000, memoryMaxBytes: 10_000, memoryStoreMaxBytes: 8_000 };
const calm: Load = { lagMs: 1, inFlightBytes: 0, memoryBytes: 5_000 };
const pressed: Load = { ...calm, lagMs: 150 };

function observing(times: number, load: Load, shedder = new Shedder(limits)): Shedder {
  for (let time = 0; time < times; time += 1) shedder.observe(load);
  return shedder;
}

describe("shedding", () => {
  test("nothing is shed as long as there is no pressure, whatever chance says", () => {
    const shedder = observing(100, calm);
    expect(WORK.some((work) => shedder.sheds(work, 0, 0))).toBe(false);
    expect(shedder.mayRetry).toBe(true);
  });
  test("begins with misses of ranges, a share of them", () => {
    const shedder = observing(4, pressed);
    expect(shedder.sheds("range-miss", 0.4, 0)).toBe(true);
    expect(shedder.sheds("range-miss", 0.6, 0)).toBe(false);
    expect(shedder.sheds("miss", 0, 0)).toBe(false);
    expect(shedder.mayRetry).toBe(false);
  });
  test("takes hits only when everything else is shed already", () => {
    const shedder = observing(24, pressed);
    expect(WORK.filter((work) => shedder.sheds(work, 0.999, 0))).toEqual(["range-miss", "miss", "revalidation"]);
    expect(shedder.sheds("hit", 0, 0)).toBe(false);
    observing(4, pressed, shedder);
    expect(shedder.sheds("hit", 0.4, 0)).toBe(true);
  });
  test("ends within 30 s of measurements after the pressure has gone", () => {
    const shedder = observing(1_000, pressed);
    expect(shedder.level).toBe(WORK.length);
    observing(300, calm, shedder);
    expect(shedder.level).toBe(0);
  });
  test("stays where it is between calm and pressure, so that it does not swing", () => {
    const shedder = observing(10, pressed);
    const { level } = shedder;
    observing(100, { ...calm, lagMs: 85 }, shedder);
    expect(shedder.level).toBe(level);
  });
  test("one late timer is no reason to send away who came together", () => {
    const shedder = observing(1, pressed);
    expect(WORK.filter((work) => shedder.sheds(work, 0.999, 500))).toEqual([]);
  });

  test("under pressure a turn of the event loop that has lasted long takes no more misses, but hits", () => {
    const shedder = observing(8, pressed);
    expect(WORK.filter((work) => shedder.sheds(work, 0.999, 4))).toEqual(["range-miss"]);
    expect(WORK.filter((work) => shedder.sheds(work, 0.999, 12))).toEqual(["range-miss", "miss"]);
    expect(WORK.filter((work) => shedder.sheds(work, 0.999, 500))).toEqual(["range-miss", "miss", "revalidation"]);
  });
  test("one long turn without lasting pressure sheds nothing", () => {
    expect(WORK.some((work) => observing(10, calm).sheds(work, 0, 500))).toBe(false);
  });
  test("as long as turns are full the pressure has not gone, then it ends", () => {
    const shedder = observing(10, pressed);
    const { level } = shedder;
    for (let time = 0; time < 100; time += 1) {
      shedder.sheds("miss", 0.999, 12);
      shedder.observe(calm);
    }
    expect(shedder.level).toBe(level);
    expect(observing(100, calm, shedder).level).toBe(0);
  });
  test("follows the measure that is worst off", () => {
    expect(pressureOf({ lagMs: 50, inFlightBytes: 900, memoryBytes: 1_000 }, limits)).toBe(0.9);
    expect(pressureOf({ lagMs: 50, inFlightBytes: 0, memoryBytes: 20_000 }, limits)).toBe(2);
  });
  test("tells those it sends away to come back at different times", () => {
    expect([0, 0.5, 0.999].map(retryAfterSeconds)).toEqual([1, 3, 5]);
  });

  test("nothing is stored any more before anything is shed for want of memory", () => {
    const shedder = observing(1, { ...calm, memoryBytes: 8_001 });
    expect([shedder.mayStore, shedder.level]).toEqual([false, 0]);
    expect(observing(1, calm, shedder).mayStore).toBe(true);
  });
});
