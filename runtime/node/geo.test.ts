/** Real addresses, real data: which edge they lead to. */
import { describe, expect, it } from "vitest";
import { FleetHealth } from "../../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import { Chooser } from "../../core/route/choose.ts";
import { edgeSetOf } from "../../core/route/edge-set.ts";
import type { Place } from "../../core/route/geo.ts";
import { LATENCY_RULES, LatencyModel } from "../../core/route/latency-model.ts";
import { countryLookup } from "./country.ts";
import { GeoipLiteProvider } from "./geo.ts";

const geo = new GeoipLiteProvider();
const EDGES = [
  { id: "fra", at: [50.11, 8.68], weight: 1 },
  { id: "nyc", at: [40.71, -74.01], weight: 1 },
  { id: "syd", at: [-33.87, 151.21], weight: 1 },
] as const;

/** The edge that a place leads to. */
function edgeFor(place: Place | undefined): string | undefined {
  const model = new LatencyModel(edgeSetOf(EDGES), 0, { ...LATENCY_RULES, prefixesMax: 16 });
  const health = new FleetHealth({ edges: EDGES, rules: EDGE_HEALTH_RULES, nowMs: 0 });
  const { edge } = new Chooser(model, EDGES, 0).choose({ client: { prefix: 1, place } }, health.conditions(0), 0);
  return EDGES[edge]?.id;
}

describe("addresses of universities, which stay where they are", () => {
  it.each([
    ["128.59.1.1", "US", "nyc"], // Columbia
    ["216.165.1.1", "US", "nyc"], // New York University
    ["141.2.1.1", "DE", "fra"], // Goethe University Frankfurt
    ["129.78.1.1", "AU", "syd"], // University of Sydney; only the country is sure
    ["::ffff:128.59.1.1", "US", "nyc"],
  ])("%s in %s leads to %s", (address, country, edge) => {
    const place = geo.locate(address);
    expect(place?.country).toBe(country);
    expect(edgeFor(place)).toBe(edge);
  });
});

describe("what has no place", () => {
  it.each(["192.0.2.1", "127.0.0.1", "::1", "10.0.0.1", "2001:db8::1", "", "no address", "1.2.3", "\u0000"])(
    "%j has none, and nothing is thrown",
    (address) => {
      expect(geo.locate(address)).toBeUndefined();
      expect(edgeFor(geo.locate(address))).toBe("fra");
    },
  );
});

it("the country of an address alone, for an edge; none for a private one", () => {
  const countryOf = countryLookup("when-asked");
  expect([countryOf("129.78.1.1"), countryOf("192.168.0.1")]).toEqual(["AU", undefined]);
});
