/** When an edge is suspect, down, warm again: the rules of `core/health`, with their start values. */
import { HEALTH_RULES, type HealthRules } from "./health.ts";

/**
 * How clients come to the edges. `through-us`: what this observer cannot reach its clients cannot use. `by-themselves`
 * (redirects, DNS): a failure that only this observer sees may be its own.
 */
export type Reach = "through-us" | "by-themselves";

/** The rules for the edges of a fleet. */
export interface EdgeHealthRules extends HealthRules {
  readonly reach: Reach;
  /** A heartbeat older than this is missing. */
  readonly heartbeatMissingMs: number;
  /** What another observer said counts for so long. */
  readonly opinionMs: number;
  readonly observersMax: number;
  /**
   * From recovery to the full share of clients: so many times as long as the edge was away, within bounds. The least
   * one keeps each step of a second below a tenth. And the share to begin with.
   */
  readonly slowStartFactor: number;
  readonly slowStartMinMs: number;
  readonly slowStartMaxMs: number;
  readonly slowStartFloor: number;
  /** A suspicion shorter than this leaves no trace. */
  readonly briefSuspicionMs: number;
  /** Within this time each further fall of an edge keeps it out for twice as long, from `flapHoldMs` to `flapHoldMaxMs`. */
  readonly flapWindowMs: number;
  readonly flapHoldMs: number;
  readonly flapHoldMaxMs: number;
  /** Time constant of the load that an edge reports. */
  readonly loadSmoothingMs: number;
  /** Success of real requests: time constant, and how many must have been seen before it says anything. */
  readonly successWindowMs: number;
  readonly successRequestsMin: number;
  /** Below this an edge is suspect although it answers probes. */
  readonly successRateMin: number;
  /** An edge that lacks what the ledger had so long ago is behind. */
  readonly behindGraceMs: number;
  /** Suspicion takes at most these shares of the fleet and of one region out of rotation, one edge at least. */
  readonly removedShareMax: number;
  readonly removedRegionShareMax: number;
  /** When more than this share fails and others vouch for it, the observer is blind. */
  readonly blindShare: number;
}

/** Start values. */
export const EDGE_HEALTH_RULES: EdgeHealthRules = {
  ...HEALTH_RULES,
  reach: "through-us",
  heartbeatMissingMs: 3000,
  opinionMs: 5000,
  observersMax: 16,
  slowStartFactor: 4,
  slowStartMinMs: 10_000,
  slowStartMaxMs: 60_000,
  slowStartFloor: 0.05,
  briefSuspicionMs: 10_000,
  flapWindowMs: 600_000,
  flapHoldMs: 10_000,
  flapHoldMaxMs: 300_000,
  loadSmoothingMs: 5000,
  successWindowMs: 30_000,
  successRequestsMin: 20,
  successRateMin: 0.5,
  behindGraceMs: 5000,
  removedShareMax: 1 / 3,
  removedRegionShareMax: 1 / 2,
  blindShare: 1 / 2,
};
