/** A short day full of faults, over cities that are made up. */
import { describe, expect, it } from "vitest";
import { distanceKm } from "../../core/route/distance.ts";
import { SeededRandom } from "../../router/simulate/random.ts";
import { faultDay } from "./fault-day.ts";
import type { City } from "./matrices.ts";
import { rateShape } from "./rate-shape.ts";

/** Cities that nobody knows, with detours. */
function madeUpCities(count: number): readonly City[] {
  const random = new SeededRandom(11);
  const places = Array.from({ length: count }, (_, index) => ({
    ...{ id: `city ${index}`, country: `C${index % 12}`, population: 1e5 + 1e6 * random.next() },
    ...{ lat: 120 * random.next() - 50, lon: 360 * random.next() - 180 },
  }));
  return places.map((from) => ({
    ...from,
    rttMs: Object.fromEntries(
      places.map((to) => [
        to.id,
        4 + 0.017 * distanceKm([from.lat, from.lon], [to.lat, to.lon]) + (random.next() < 0.3 ? 60 * random.next() : 0),
      ]),
    ),
  }));
}

describe("a day on which much goes wrong", () => {
  it("in three hours of a day's ups and downs never has an unwell edge chosen, an empty answer or a false alarm", () => {
    const day = faultDay(madeUpCities(90), 1, "proxy", 3);
    expect(day).toMatchObject({ unwellChosen: 0, empty: 0, failedRequests: 0, falseDowns: 0 });
    expect(day.outOfRotationMsMax).toBeLessThanOrEqual(3000);
    expect(day.requests).toBeGreaterThan(20_000);
    expect(day.faults).toBeGreaterThan(10);
    expect(day.within10ms).toBeGreaterThan(day.greatCircleWithin10ms);
  });

  it("has a shape also where the data is not", () => {
    const shape = rateShape(undefined, 1);
    expect(shape).toHaveLength(96);
    expect(shape.reduce((sum, rate) => sum + rate, 0) / 96).toBeCloseTo(1, 1);
    expect(Math.max(...shape) / Math.min(...shape)).toBeGreaterThan(10);
  });
});
