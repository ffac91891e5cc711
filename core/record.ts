/** The record: exactly one per request, from which header, log line, metrics and span are made. */
import type { ForwardReason, Outcome } from "./cache/outcome.ts";
import type { Fields } from "./http/fields.ts";
import type { TraceContext } from "./trace/trace-context.ts";

/**
 * What happened to one request at one node. It is raw: what of it may be shown, and how, is for core/log to say. It is
 * made for every request, so nothing in it is computed that only a log line needs.
 */
export interface RequestRecord {
  /** Milliseconds since the Unix epoch, when the head was complete. */
  readonly atMs: number;
  readonly node: string;
  readonly role: "edge" | "router";
  readonly site: string | undefined;
  readonly outcome: Outcome;
  /** RFC 9211: why it went forward, if it did. */
  readonly forward: ForwardReason | undefined;
  /** Why the answer was not stored, or the request refused. */
  readonly reason?: string | undefined;
  /** The store's key. Logs show its digest. */
  readonly key?: string | undefined;
  readonly method: string;
  readonly authority: string;
  readonly target: string;
  /** `1.0`, `1.1`, `2`; undefined when the listener does not say. */
  readonly httpVersion?: string | undefined;
  /** All that the client sent; logs take named fields out of it and never show the rest. */
  readonly requestFields?: Fields | undefined;
  readonly status: number;
  readonly bodyBytes: number;
  /** False when the answer did not arrive whole. */
  readonly complete: boolean;
  /** Whole; logs cut it. */
  readonly clientAddress: string;
  /** ISO 3166-1 country of the client (XX: unknown), where the node looks it up: it is part of the key. */
  readonly country?: string | undefined;
  /** From the head complete to the head of the answer, and to its last byte. */
  readonly headMs: number;
  readonly totalMs: number;
  /** Who was asked last, an origin's `host:port` or an edge's name, and how long it took to begin its answer. */
  readonly upstream?: string | undefined;
  readonly upstreamHeadMs?: number | undefined;
  readonly trace?: TraceContext | undefined;
  /** The router's choice, for role `router`. */
  readonly edge?: string | undefined;
}
