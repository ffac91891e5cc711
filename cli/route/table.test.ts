/** A decision as people see it: 80 columns, whatever the names. */
import { describe, expect, it } from "vitest";
import { VERDICTS } from "../../core/route/verdict.ts";
import { plain } from "../text.ts";
import { readDecision } from "./read-decision.ts";
import { routeText } from "./table.ts";

const candidate = (edge: string, more: object = {}) => ({
  ...{ edge, estimatedRttMs: 8.2, plusMinusMs: 7.6, confidence: "medium", source: "great-circle", scoreMs: 8.2 },
  ...{ prices: { loadMs: 0, warmUpMs: 0 }, load: undefined, health: "up", warmth: 1, verdict: "next" },
  ...more,
});

const ANSWER = {
  ...{ ip: "128.59.1.1", router: "router", mode: "proxy", choice: "nyc", reason: "best" },
  place: { at: [40.8, -73.95], country: "US", areaKm: 5 },
  candidates: [
    candidate("nyc", { verdict: "chosen", load: 0.8, prices: { loadMs: 20, warmUpMs: 0.01 }, scoreMs: 28.2 }),
    candidate("fra", { verdict: "warming", warmth: 0.25, prices: { warmUpMs: 11.25 } }),
  ],
};

function textOf(answer: unknown): string {
  const decision = readDecision(answer);
  return decision === undefined ? "" : routeText(decision, plain);
}

describe("the table", () => {
  it("has the answer first, a row for each edge, and what was added to whose estimate", () => {
    expect(textOf(ANSWER)).toBe(`128.59.1.1 → nyc   (best)
the lowest score, and nothing near it
place: US, 40.80, -73.95 within 5 km; asked: router, which answers by proxy

EDGE  RTT ms  SOURCE        SURE    LOAD  HEALTH  SCORE  VERDICT
nyc     8 ±8  great-circle  medium  80 %  up       28.2  chosen
fra     8 ±8  great-circle  medium     -  up        8.2  warming

added to the round trip, in ms:
nyc: + 20.0 for load
fra: + 11.3 for cold cache; it may have 25 % of its clients
`);
  });

  it.each(VERDICTS)("keeps to 80 columns with a long name and the verdict %s", (verdict) => {
    const wide = candidate("a-very-long-name-of-an-edge-in-frankfurt", {
      ...{ verdict, health: "suspect", load: 1.2, estimatedRttMs: 999, plusMinusMs: 100, scoreMs: 1234.5 },
    });
    for (const line of textOf({ ...ANSWER, candidates: [wide] }).split("\n"))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  it("says so when nobody may serve, when nothing is known, and when the router is blind", () => {
    const text = textOf({ ...ANSWER, choice: undefined, reason: "none", place: undefined, blind: true });
    expect(text).toContain("128.59.1.1 → no edge   (none)");
    expect(text).toContain("place: unknown");
    expect(text).toContain("the router is blind");
  });

  it.each([[undefined], [null], [[]], [{}], [{ candidates: [] }]])("is not made of %j", (answer) => {
    expect(readDecision(answer)).toBeUndefined();
  });
});
