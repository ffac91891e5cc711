/**
 * Is it up? Probe results in, a state out, with hysteresis. Three failures in a row make a node *suspect* (nobody new
 * is sent there while another is up); *down* takes proof: a connection refused twice. Start-up is never "all down".
 */

/** What is thought of a node. `unknown` counts as up: nothing has been heard against it. */
export type HealthState = "unknown" | "up" | "suspect" | "down";

/** How one probe, or one real request, went. */
export type ProbeResult = "ok" | "failed" | "refused";

/** Everything remembered of a node. */
export interface Health {
  readonly state: HealthState;
  readonly failuresInRow: number;
  readonly refusalsInRow: number;
  readonly successesInRow: number;
  /** When the state last changed. */
  readonly sinceMs: number;
}

/** Thresholds of the hysteresis. */
export interface HealthRules {
  readonly failuresToSuspect: number;
  readonly refusalsToDown: number;
  readonly successesToUp: number;
}

/** Start values. */
export const HEALTH_RULES: HealthRules = { failuresToSuspect: 3, refusalsToDown: 2, successesToUp: 2 };

/** A node of which nothing is known. */
export function unknownHealth(nowMs: number): Health {
  return { state: "unknown", failuresInRow: 0, refusalsInRow: 0, successesInRow: 0, sinceMs: nowMs };
}

/** The health after one more result. */
export function observe(health: Health, result: ProbeResult, nowMs: number, rules: HealthRules = HEALTH_RULES): Health {
  const ok = result === "ok";
  const counts = {
    failuresInRow: ok ? 0 : health.failuresInRow + 1,
    refusalsInRow: result === "refused" ? health.refusalsInRow + 1 : 0,
    successesInRow: ok ? health.successesInRow + 1 : 0,
  };
  const state = nextState(health.state, counts, rules);
  return { state, ...counts, sinceMs: state === health.state ? health.sinceMs : nowMs };
}

function nextState(
  state: HealthState,
  counts: Pick<Health, "failuresInRow" | "refusalsInRow" | "successesInRow">,
  rules: HealthRules,
): HealthState {
  if (counts.refusalsInRow >= rules.refusalsToDown) return "down";
  if (state === "down" || state === "suspect") return counts.successesInRow >= rules.successesToUp ? "up" : state;
  if (counts.failuresInRow >= rules.failuresToSuspect) return "suspect";
  return counts.successesInRow > 0 ? "up" : state;
}

/** Whether its next probe should come soon: the last one was at odds with the state. */
export function isChanging(health: Health): boolean {
  return health.state === "up" || health.state === "unknown" ? health.failuresInRow > 0 : health.successesInRow > 0;
}
