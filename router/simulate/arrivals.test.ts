/** When requests of a simulation come. */
import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";
import { SeededRandom } from "./random.ts";

/** How many come in each of four quarters of a hundred seconds. */
function quartersOf(shape: readonly number[]): readonly number[] {
  const arrivals = new Arrivals({ requestsPerSecond: 100, durationMs: 100_000, shape }, 1);
  const random = new SeededRandom(1);
  const quarters = [0, 0, 0, 0];
  for (let at = arrivals.gapMs(0, random.next()); at < 100_000; at += arrivals.gapMs(at, random.next())) {
    const quarter = Math.floor(at / 25_000);
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  return quarters;
}

describe("arrivals", () => {
  it("come at one rate without a shape", () => {
    for (const count of quartersOf([])) expect(Math.abs(count - 2500)).toBeLessThan(200);
  });

  it("follow the shape, whose mean is the rate", () => {
    const [first = 0, second, third = 0, fourth = 0] = quartersOf([1, 0, 4, 3]);
    expect(second).toBe(0);
    expect(Math.abs(first - 1250)).toBeLessThan(150);
    expect(Math.abs(third - 5000)).toBeLessThan(300);
    expect(Math.abs(fourth - 3750)).toBeLessThan(250);
  });

  it("end when the shape ends with nothing", () => {
    const arrivals = new Arrivals({ requestsPerSecond: 1, durationMs: 100_000, shape: [1, 0] }, 1);
    expect(arrivals.gapMs(50_000, 0.5)).toBe(Number.POSITIVE_INFINITY);
  });
});
