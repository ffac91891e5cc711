/** Whether an edge may have a client now, and how far the rules must be bent for it when no other may. */
import type { EdgeCondition } from "../health/fleet-health.ts";
import { FULL_LOAD, shedShare } from "./price.ts";
import { VERDICT } from "./verdict.ts";

/** What is asked of one edge. */
export interface StandingInput {
  readonly condition: EdgeCondition;
  readonly load: number;
  /** The share of its clients that it may have. */
  readonly warmth: number;
  /** Share of its transfer quota that is used. */
  readonly quotaUsed: number;
  /** Where this client, or this content, meets this edge, in (0, 1): decides whether it is among the first or the last. */
  readonly point: number;
}

/** `VERDICT.next` when nothing speaks against it; otherwise the gravest of what does. */
export function standingOf({ condition, load, warmth, quotaUsed, point }: StandingInput): number {
  const { state, isKept } = condition;
  if (state === "down") return VERDICT.down;
  if (state === "suspect" && !isKept) return VERDICT.suspect;
  if (condition.isDraining) return VERDICT.draining;
  if (condition.isBehind) return VERDICT.behind;
  if (quotaUsed >= 1) return VERDICT.overQuota;
  // The last to come are the first to be sent away.
  if (load >= FULL_LOAD || 1 - point < shedShare(load)) return VERDICT.full;
  return point < warmth ? VERDICT.next : VERDICT.warming;
}

const TIERS: readonly (readonly number[])[] = [
  [VERDICT.next],
  [VERDICT.warming, VERDICT.full, VERDICT.overQuota],
  [VERDICT.behind],
  [VERDICT.draining],
  [VERDICT.suspect],
  [VERDICT.down],
  [VERDICT.notAllowed],
];

/** From this tier on health is ignored. */
export const PANIC_TIER = 4;
/** Edges of this tier are never used. */
export const FORBIDDEN_TIER = 6;

const tierByVerdict = Uint8Array.from({ length: VERDICT.notAllowed + 1 }, (_, verdict) =>
  Math.max(
    0,
    TIERS.findIndex((verdicts) => verdicts.includes(verdict)),
  ),
);

/** The tier of a standing; a higher one is used only when there is nothing in the lower ones. */
export function tierOf(standing: number): number {
  return tierByVerdict[standing] ?? FORBIDDEN_TIER;
}
