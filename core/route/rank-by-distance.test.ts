/** The ranking of edges, and what is never answered. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HealthState } from "../health/health.ts";
import { distanceKm } from "./distance.ts";
import type { Place } from "./geo.ts";
import { fibreRttMs } from "./latency.ts";
import { choose, type RoutableEdge } from "./rank-by-distance.ts";

const NEW_YORK = [40.71, -74.01] as const;
const FRANKFURT = [50.11, 8.68] as const;
const SYDNEY = [-33.87, 151.21] as const;
const place = (at: Place["at"]): Place => ({ at, country: "XX", areaKm: 10 });
const edges = (health: Partial<Record<string, HealthState>> = {}): RoutableEdge[] => [
  { id: "nyc", at: NEW_YORK, health: health.nyc ?? "up" },
  { id: "fra", at: FRANKFURT, health: health.fra ?? "up" },
  { id: "syd", at: SYDNEY, health: health.syd ?? "up" },
];

describe("distance", () => {
  it("from New York to Sydney is 15,990 km, a round trip of 160 ms in fibre", () => {
    expect(distanceKm(NEW_YORK, SYDNEY)).toBeCloseTo(15_990, -2);
    expect(fibreRttMs(distanceKm(NEW_YORK, SYDNEY))).toBeCloseTo(160, 0);
  });

  it("is the same both ways, zero to itself, and at most half the earth", () => {
    const coordinates = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
    );
    fc.assert(
      fc.property(coordinates, coordinates, (a, b) => {
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, a)).toBeCloseTo(0, 6);
        expect(distanceKm(a, b)).toBeLessThanOrEqual(20_016);
      }),
    );
  });
});

describe("the choice", () => {
  it("is the nearest edge, the others in order of distance", () => {
    const { candidates, choice } = choose(place([48.85, 2.35]), edges());
    expect(choice).toBe("fra");
    expect(candidates.map(({ edge, verdict }) => [edge, verdict])).toEqual([
      ["fra", "chosen"],
      ["nyc", "next"],
      ["syd", "next"],
    ]);
  });

  it("passes over an edge that is suspect or down, and says why", () => {
    for (const state of ["suspect", "down"] as const) {
      const { candidates, choice, panic } = choose(place(FRANKFURT), edges({ fra: state }));
      expect([choice, panic]).toEqual(["nyc", false]);
      expect(candidates.at(-1)).toMatchObject({ edge: "fra", verdict: state });
    }
  });

  it("is the nearest all the same when none is up: an answer is never empty", () => {
    const decision = choose(place(FRANKFURT), edges({ nyc: "down", fra: "down", syd: "down" }));
    expect(decision).toMatchObject({ choice: "fra", panic: true });
    expect(decision.candidates[0]?.verdict).toBe("chosen-in-panic");
  });

  it("uses a country when no more is known, and says so", () => {
    const { candidates, choice } = choose({ at: [-25, 135], country: "AU", areaKm: 1000 }, edges());
    expect([choice, candidates[0]?.source]).toEqual(["syd", "country"]);
    expect(choose(place(SYDNEY), edges()).candidates[0]?.source).toBe("great-circle");
  });

  it("for an unknown place is the first of the configured order", () => {
    const decision = choose(undefined, edges({ nyc: "down" }));
    expect(decision.choice).toBe("fra");
    expect(decision.candidates[0]).toMatchObject({ source: "configured-order", estimatedRttMs: undefined });
  });

  it("is never a down edge while another is up, and never nobody", () => {
    const state = fc.constantFrom<HealthState>("unknown", "up", "suspect", "down");
    fc.assert(
      fc.property(state, state, state, (nyc, fra, syd) => {
        const health = { nyc, fra, syd };
        const { choice } = choose(place(SYDNEY), edges(health));
        expect(choice).toBeDefined();
        const usable = Object.values(health).some((one) => one === "up" || one === "unknown");
        if (usable) expect(["up", "unknown"]).toContain(health[choice as keyof typeof health]);
      }),
    );
  });
});
