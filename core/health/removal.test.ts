/** What one observer may take out, and when it doubts itself. */
import { describe, expect, it } from "vitest";
import type { HealthState } from "./health.ts";
import { EDGE_HEALTH_RULES as RULES } from "./health-rules.ts";
import { isBlind, keptDespiteSuspicion, type Removable } from "./removal.ts";

/** `u` up, `s` suspect, `d` down, `n` unknown; a capital letter: others vouch for it. */
function fleet(states: string, regions = ""): Removable[] {
  const names: Record<string, HealthState> = { u: "up", s: "suspect", d: "down", n: "unknown" };
  return [...states].map((letter, index) => ({
    state: names[letter.toLowerCase()] ?? "unknown",
    sinceMs: index,
    region: regions[index],
    isVouchedFor: letter !== letter.toLowerCase(),
  }));
}

describe("suspicion", () => {
  const TABLE: readonly [string, string, number[]][] = [
    ["uuuuuu", "", []],
    ["suuuuu", "", []],
    ["ssuuuu", "", []],
    ["sssuuu", "", [2]],
    ["ssssss", "", [2, 3, 4, 5]],
    ["s", "", []],
    ["ss", "", [1]],
    ["dduuus", "", [5]],
    ["dddddd", "", []],
    ["ssuuuuuuu", "aaabbbccc", [1]],
    ["ssuuuuuuu", "aaaabbbcc", []],
    ["dsuuuuuuu", "aaabbbccc", [1]],
    ["suusuusuu", "aaabbbccc", []],
  ];
  it.each(TABLE)("of %s in regions '%s' leaves %j in rotation", (states, regions, kept) => {
    expect([...keptDespiteSuspicion(fleet(states, regions), RULES)]).toEqual(kept);
  });

  it("takes out the edges that were suspect first", () => {
    const edges = fleet("sss").map((edge, index) => ({ ...edge, sinceMs: 10 - index }));
    expect([...keptDespiteSuspicion(edges, RULES)].sort()).toEqual([0, 1]);
  });
});

describe("an observer", () => {
  const TABLE: readonly [string, boolean][] = [
    ["uuuuu", false],
    ["SSuuu", false],
    ["SSSuu", true],
    ["sssuu", false],
    ["SSsuu", true],
    ["Sssuu", false],
    ["DDDuu", true],
    ["S", false],
    ["SS", true],
    ["nnnnn", false],
  ];
  it.each(TABLE)("that sees %s is blind: %s", (states, blind) => {
    expect(isBlind(fleet(states), RULES)).toBe(blind);
  });
});
