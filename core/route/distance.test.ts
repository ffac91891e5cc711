/** Great circles, two ways. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceKm } from "./distance.ts";
import { arcKm, unitVectorOf } from "./edge-set.ts";
import { fibreRttMs } from "./latency.ts";

const NEW_YORK = [40.71, -74.01] as const;
const SYDNEY = [-33.87, 151.21] as const;
const place = fc.tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true }));

describe("distance", () => {
  it("from New York to Sydney is 15,990 km, a round trip of 160 ms in fibre", () => {
    expect(distanceKm(NEW_YORK, SYDNEY)).toBeCloseTo(15_990, -2);
    expect(fibreRttMs(distanceKm(NEW_YORK, SYDNEY))).toBeCloseTo(160, 0);
  });

  it("is the same both ways, zero to itself, and at most half the earth", () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, a)).toBeCloseTo(0, 6);
        expect(distanceKm(a, b)).toBeLessThanOrEqual(20_016);
      }),
    );
  });

  it("by unit vectors is the same within ten metres", () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const km = distanceKm(a, b);
        if (km > 1) expect(Math.abs(arcKm(unitVectorOf(a), unitVectorOf(b)) - km)).toBeLessThan(0.01);
      }),
    );
  });
});
