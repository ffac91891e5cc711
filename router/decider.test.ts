/** What a decider remembers between requests: quotas, which end with their month. */
import { expect, it } from "vitest";
import { FleetHealth } from "../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { Decider } from "./decider.ts";

const NOVEMBER = Date.UTC(2026, 10, 30, 23, 59);
const DECEMBER = Date.UTC(2026, 11, 1);
const ASKED = { clientAddress: "203.0.113.1", authority: "example.com", target: "/" };

function decider() {
  const edge = (id: string, at: readonly [number, number]) => ({
    ...{ id, at, target: { scheme: "http", host: id, port: 80 } as const },
    ...{ redirectBase: undefined, transferQuotaBytes: 1000 },
  });
  const edges = [edge("fra", [50, 8]), edge("nyc", [40.7, -74])];
  return new Decider({
    ...{ mode: "proxy", edges, nowMs: NOVEMBER, choiceRules: CHOICE_RULES },
    geo: { locate: () => ({ at: [50, 8], country: "DE", areaKm: 10 }) },
    health: new FleetHealth({ edges, rules: EDGE_HEALTH_RULES, nowMs: NOVEMBER }),
    latencyRules: { ...LATENCY_RULES, prefixesMax: 16 },
  });
}

it("has an edge whose quota was used up back with the new month, although nothing was sent by it since", () => {
  const router = decider();
  router.transferred("fra", 1000, NOVEMBER);
  expect(router.decide(ASKED, 1, NOVEMBER).edges).toMatchObject([{ id: "nyc" }]);
  expect(router.decide(ASKED, 1, DECEMBER).edges).toMatchObject([{ id: "fra" }]);
});
