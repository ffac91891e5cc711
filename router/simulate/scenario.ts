/** What `antipode simulate` runs: a fleet, its clients, the round trips that the decision does not see, and what happens. */
import type { Coordinates } from "../../core/config/types.ts";

/** An edge of a scenario. */
export interface ScenarioEdge {
  readonly id: string;
  readonly at: Coordinates;
  /** Requests a second that it can take. Undefined: any number. */
  readonly capacity: number | undefined;
}

/** A client, or a group of clients that share a prefix. */
export interface ScenarioClient {
  readonly id: string;
  /** Where the decision believes it to be. */
  readonly at: Coordinates;
  readonly country: string;
  readonly areaKm: number | undefined;
  /** Its address: clients of one prefix learn together. Absent: a prefix of its own. */
  readonly ip: string | undefined;
  /** Number of its autonomous system, where the decision may know it. */
  readonly network: number | undefined;
  /** How many users it stands for. */
  readonly weight: number;
}

/**
 * What may happen to an edge: `down` refuses connections, `blackhole` never answers, `cut` never answers the router, while
 * clients reach it and its heartbeats arrive.
 */
export const EVENT_KINDS = ["down", "blackhole", "cut", "up", "slow", "drain"] as const;

/** How clients come to their edge: the router asks it for them and the next one when it fails, or sends them there. */
export const MODES = ["proxy", "redirect"] as const;

/** One of them. */
export type Mode = (typeof MODES)[number];

/** One of them. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** Something that happens. `edge` is a number in `Scenario.edges`. */
export interface ScenarioEvent {
  /** After the learning, since the load began. */
  readonly atMs: number;
  readonly edge: number;
  readonly set: EventKind;
  /** Added to every round trip (`slow`). */
  readonly addMs: number;
}

/** What clients measure before the load begins. */
export interface LearnPlan {
  readonly pageViewsPerClient: number;
  /** The share of page views that time edges. */
  readonly beaconShare: number;
  /** How many edges each of them times. */
  readonly beaconEdges: number;
}

/** What is asked while the clock runs. */
export interface LoadPlan {
  /** Undefined: one request a client and minute. */
  readonly requestsPerSecond: number | undefined;
  readonly durationMs: number;
  /** Relative rates of equal parts of the duration; their mean is the rate above. Empty: it is constant. */
  readonly shape: readonly number[];
}

/** A whole scenario, read and found good. */
export interface Scenario {
  readonly seed: number;
  readonly edges: readonly ScenarioEdge[];
  readonly clients: readonly ScenarioClient[];
  /** The truth, row by row of clients: not a number where a client cannot reach an edge. */
  readonly rttMs: Float64Array;
  readonly jitterMs: number;
  /** The share of probes that get lost, whatever the edge does. */
  readonly probeLoss: number;
  readonly mode: Mode;
  readonly learn: LearnPlan;
  /** In the order of time. */
  readonly events: readonly ScenarioEvent[];
  readonly load: LoadPlan | undefined;
}

/** The true round trip, without noise; not a number: there is no path. */
export function trueRttMs({ rttMs, edges }: Scenario, client: number, edge: number): number {
  return rttMs[client * edges.length + edge] ?? Number.NaN;
}
