/** How much of a fleet one observer may take out of rotation, and when it had better doubt itself. */
import type { HealthState } from "./health.ts";
import type { EdgeHealthRules } from "./health-rules.ts";

/** What counts for these questions. */
export interface Removable {
  readonly state: HealthState;
  readonly sinceMs: number;
  readonly region: string | undefined;
  /** Somebody else sees it well: a fresh heartbeat, or another observer. */
  readonly isVouchedFor: boolean;
}

/** Whether most edges fail for us while others see them well. One edge makes no majority. */
export function isBlind(edges: readonly Removable[], rules: Pick<EdgeHealthRules, "blindShare">): boolean {
  const failing = edges.filter(({ state }) => state === "suspect" || state === "down");
  const vouched = failing.filter(({ isVouchedFor }) => isVouchedFor).length;
  return edges.length > 1 && failing.length > edges.length * rules.blindShare && vouched * 2 > failing.length;
}

/**
 * The edges (by index) that stay in rotation although they are suspect, since too many are out already. Those that are
 * down are not asked back, since that is proved and not suspected; they use up the allowance. First out, first counted.
 */
export function keptDespiteSuspicion(
  edges: readonly Removable[],
  rules: Pick<EdgeHealthRules, "removedShareMax" | "removedRegionShareMax">,
): ReadonlySet<number> {
  const regions = new Map<string, { size: number; removed: number }>();
  for (const { region, state } of edges) {
    if (region === undefined) continue;
    const one = regions.get(region) ?? { size: 0, removed: 0 };
    regions.set(region, { size: one.size + 1, removed: one.removed + (state === "down" ? 1 : 0) });
  }
  let removed = edges.filter(({ state }) => state === "down").length;
  const kept = new Set<number>();
  for (const index of suspectsByAge(edges)) {
    const region = regions.get(edges[index]?.region ?? "");
    const isFull =
      removed >= allowance(edges.length, rules.removedShareMax) ||
      (region !== undefined && region.removed >= allowance(region.size, rules.removedRegionShareMax));
    if (isFull) kept.add(index);
    else {
      removed += 1;
      if (region !== undefined) region.removed += 1;
    }
  }
  return kept;
}

function suspectsByAge(edges: readonly Removable[]): readonly number[] {
  return edges
    .flatMap(({ state, sinceMs }, index) => (state === "suspect" ? [{ index, sinceMs }] : []))
    .sort((a, b) => a.sinceMs - b.sinceMs || a.index - b.index)
    .map(({ index }) => index);
}

function allowance(size: number, share: number): number {
  return Math.max(1, Math.floor(size * share));
}
