/** What the router is asked: who, for what, and which edges may answer. */
import type { RouteClient } from "./latency-model.ts";

/** One question. */
export interface RouteQuestion {
  readonly client: RouteClient;
  /** Hash of the content that is asked for: the same content goes to the same of several edges as good. */
  readonly contentHash?: number | undefined;
  /** By edge number, 1: the site allows it. Absent: all are allowed. */
  readonly allowed?: Uint8Array | undefined;
  /** By edge number: what an operator's own order of edges for this client adds to the score. Absent: there is none. */
  readonly orderMs?: Float64Array | undefined;
  /** The site wants no answer rather than one from an edge that is not well. */
  readonly failClosed?: boolean | undefined;
}
