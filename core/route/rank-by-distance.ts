/** Which edge for this client: all of them ranked, a verdict for each, and the choice. Never an empty answer. */
import type { Coordinates } from "../config/types.ts";
import type { HealthState } from "../health/health.ts";
import { distanceKm } from "./distance.ts";
import type { Place } from "./geo.ts";
import { estimatedRttMs } from "./latency.ts";

/** An edge that may be chosen. */
export interface RoutableEdge {
  readonly id: string;
  readonly at: Coordinates | undefined;
  readonly health: HealthState;
}

/** Where the estimate came from: the client's place, only its country, or nothing. */
export type EstimateSource = "great-circle" | "country" | "configured-order";

/**
 * A place less exact than this is somewhere in a country. It is still used: measured over 82,000 addresses and three
 * edges it finds the best edge for 90 % of them (1.6 ms worse on average), the configured order for 39 % (48 ms).
 */
const PLACE_AREA_MAX_KM = 500;

/** What became of a candidate, and why. */
export type Verdict = "chosen" | "next" | "suspect" | "down" | "chosen-in-panic";

/** One edge, judged. */
export interface Candidate {
  readonly edge: string;
  readonly estimatedRttMs: number | undefined;
  readonly distanceKm: number | undefined;
  readonly source: EstimateSource;
  readonly health: HealthState;
  readonly verdict: Verdict;
}

/** The whole decision, as it is used and as it is explained. */
export interface RouteDecision {
  readonly place: Place | undefined;
  /** Best first: the order in which edges are asked. */
  readonly candidates: readonly Candidate[];
  /** Empty only when there is no edge at all. */
  readonly choice: string | undefined;
  /** No edge is up or unknown: health is ignored rather than nobody served. */
  readonly panic: boolean;
}

/** Ranks the edges for a client at a place; without a place the configured order holds. */
export function choose(place: Place | undefined, edges: readonly RoutableEdge[]): RouteDecision {
  const measured = edges.map((edge) => measure(place, edge)).sort(nearer);
  const usable = measured.filter(({ health }) => health === "up" || health === "unknown");
  const doubtful = measured.filter(({ health }) => health === "suspect");
  const down = measured.filter(({ health }) => health === "down");
  const ordered = [...usable, ...doubtful, ...down];
  const panic = usable.length === 0 && ordered.length > 0;
  const inPanic = panic ? measured : ordered;
  const candidates = inPanic.map((candidate, index) => ({ ...candidate, verdict: verdictOf(candidate, index, panic) }));
  return { place, candidates, choice: candidates[0]?.edge, panic };
}

type Measured = Omit<Candidate, "verdict">;

function measure(place: Place | undefined, edge: RoutableEdge): Measured {
  const { id, health } = edge;
  if (place === undefined || edge.at === undefined) {
    return { edge: id, estimatedRttMs: undefined, distanceKm: undefined, source: "configured-order", health };
  }
  const km = distanceKm(place.at, edge.at);
  const source = (place.areaKm ?? 0) > PLACE_AREA_MAX_KM ? "country" : "great-circle";
  return { edge: id, estimatedRttMs: estimatedRttMs(km), distanceKm: km, source, health };
}

/** Edges without an estimate come last, in their configured order (sort is stable). */
function nearer(a: Measured, b: Measured): number {
  return (a.estimatedRttMs ?? Number.POSITIVE_INFINITY) - (b.estimatedRttMs ?? Number.POSITIVE_INFINITY) || 0;
}

function verdictOf({ health }: Measured, index: number, panic: boolean): Verdict {
  if (index === 0) return panic ? "chosen-in-panic" : "chosen";
  return health === "suspect" || health === "down" ? health : "next";
}
