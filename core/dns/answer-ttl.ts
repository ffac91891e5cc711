/** How long a routed answer may be kept: short while the fleet is in motion, long while nothing has changed for an hour. */

/** The settings. */
export interface TtlRules {
  readonly dnsTtlSeconds: number;
  readonly dnsTtlMinSeconds: number;
  readonly dnsTtlMaxSeconds: number;
}

/** For so long after a change of an edge's health answers are kept as short as allowed. */
const UNSETTLED_MS = 60_000;
/** After so long without any they may be kept as long as allowed. */
const CALM_MS = 3_600_000;

/** The time to live for an answer now. `changedAtMs`: when any edge's health changed last. `areAllWell`: of all edges. */
export function answerTtlSeconds(rules: TtlRules, changedAtMs: number, areAllWell: boolean, nowMs: number): number {
  const forMs = nowMs - changedAtMs;
  if (!areAllWell && forMs < UNSETTLED_MS) return Math.min(rules.dnsTtlMinSeconds, rules.dnsTtlSeconds);
  return areAllWell && forMs >= CALM_MS ? Math.max(rules.dnsTtlMaxSeconds, rules.dnsTtlSeconds) : rules.dnsTtlSeconds;
}
