/** What the cache keeps of a response. */
import type { FieldLine, ResponseHead } from "../http/fields.ts";
import type { KeptBody } from "../ports.ts";
import { ageSeconds, type Freshness } from "./freshness.ts";

/** A stored response. Immutable: a 304 makes a new one that shares the body. */
export interface StoredResponse<B> {
  /** Unique under its key; two responses with the same id replace each other. */
  readonly id: string;
  /** Status and end-to-end fields as they will be served, less Age. */
  readonly head: ResponseHead;
  readonly body: KeptBody<B>;
  /** The request's fields that `Vary` nominated, normalised; the variant answers only requests that match (RFC 9111 §4.1). */
  readonly varyOn: readonly FieldLine[];
  readonly freshness: Freshness;
  /** When the request that fetched it was handed to the connection, and when its head came (RFC 9111 §4.2.3). */
  readonly requestAtMs: number;
  readonly responseAtMs: number;
}

/** The same response, fresh until `sinceMs` at the longest; its windows of staleness begin there. A time to come is now. */
export function staleSince<B>(stored: StoredResponse<B>, sinceMs: number, nowMs: number): StoredResponse<B> {
  const { freshness, responseAtMs } = stored;
  const age = ageSeconds(freshness, responseAtMs, Math.min(sinceMs, nowMs));
  const lifetimeSeconds = Math.min(freshness.lifetimeSeconds, age);
  return { ...stored, freshness: { ...freshness, lifetimeSeconds } };
}
