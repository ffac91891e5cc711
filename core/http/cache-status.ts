/** The Cache-Status field (RFC 9211): one member per cache, the newest last. */
import type { ForwardReason, Outcome } from "../cache/outcome.ts";
import { type Fields, fieldValues } from "./fields.ts";

/** How an answer came about. */
export interface Account {
  readonly outcome: Outcome;
  /** Why it went forward; undefined for a hit. */
  readonly forward: ForwardReason | undefined;
  /** Status of the answer that came from there, when it is not the one the client sees. */
  readonly forwardStatus?: number | undefined;
  /** Freshness left in whole seconds; negative when stale. */
  readonly ttlSeconds?: number | undefined;
  readonly stored?: boolean | undefined;
  readonly collapsed?: boolean | undefined;
  /** Why it was not stored. */
  readonly reason?: string | undefined;
}

/** The member of one node, in its structured form. */
export function cacheStatusMember(node: string, status: Account): string {
  const parts = [isToken(node) ? node : `"${node.replaceAll(/[^\x20-\x7e]|["\\]/g, "_")}"`];
  if (status.forward === undefined) parts.push("hit");
  else parts.push(`fwd=${status.forward}`);
  if (status.forwardStatus !== undefined) parts.push(`fwd-status=${status.forwardStatus}`);
  if (status.ttlSeconds !== undefined) parts.push(`ttl=${Math.floor(status.ttlSeconds)}`);
  if (status.stored) parts.push("stored");
  if (status.collapsed) parts.push("collapsed");
  parts.push(`detail=${status.outcome}`);
  if (status.reason !== undefined) parts.push(`reason=${status.reason}`);
  return parts.join("; ");
}

/** The whole field: what caches nearer to the origin said, then us. */
export function cacheStatusValue(upstream: Fields, node: string, account: Account): string {
  return [...fieldValues(upstream, "cache-status"), cacheStatusMember(node, account)].join(", ");
}

function isToken(text: string): boolean {
  return /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/.test(text);
}
