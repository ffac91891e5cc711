/** The record: exactly one per request, from which header, log line and metrics are made. */
import type { ForwardReason, Outcome } from "./cache/outcome.ts";

/** What happened to one request at one node. */
export interface RequestRecord {
  /** Milliseconds since the Unix epoch, when the head was complete. */
  readonly atMs: number;
  readonly node: string;
  readonly role: "edge" | "router";
  readonly site: string | undefined;
  readonly outcome: Outcome;
  /** RFC 9211: why it went forward, if it did. */
  readonly forward: ForwardReason | undefined;
  readonly method: string;
  readonly authority: string;
  readonly target: string;
  readonly status: number;
  readonly bodyBytes: number;
  /** False when the answer did not arrive whole. */
  readonly complete: boolean;
  readonly clientAddress: string;
  /** From the head complete to the head of the answer, and to its last byte. */
  readonly headMs: number;
  readonly totalMs: number;
  /** The router's choice, for role `router`. */
  readonly edge?: string;
}
