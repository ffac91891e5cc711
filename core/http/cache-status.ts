/** The Cache-Status field (RFC 9211): one member per cache, the newest last. */
import type { ForwardReason, Outcome } from "../cache/outcome.ts";
import { type Fields, fieldValues, hasField } from "./fields.ts";

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
  let text = status.forward === undefined ? `${nodeItem(node)}; hit` : `${nodeItem(node)}; fwd=${status.forward}`;
  if (status.forwardStatus !== undefined) text += `; fwd-status=${status.forwardStatus}`;
  if (status.ttlSeconds !== undefined) text += `; ttl=${Math.floor(status.ttlSeconds)}`;
  if (status.stored) text += "; stored";
  if (status.collapsed) text += "; collapsed";
  text += `; detail=${status.outcome}`;
  return status.reason === undefined ? text : `${text}; reason=${status.reason}`;
}

let lastNode = { node: "", item: '""' };

/** A node's name as a token or a string; a process asks for the same one again and again. */
function nodeItem(node: string): string {
  if (node !== lastNode.node) {
    const item = isToken(node) ? node : `"${node.replaceAll(/[^\x20-\x7e]|["\\]/g, "_")}"`;
    lastNode = { node, item };
  }
  return lastNode.item;
}

/** The whole field: what caches nearer to the origin said, then us. */
export function cacheStatusValue(upstream: Fields, node: string, account: Account): string {
  const ours = cacheStatusMember(node, account);
  return hasField(upstream, "cache-status") ? [...fieldValues(upstream, "cache-status"), ours].join(", ") : ours;
}

function isToken(text: string): boolean {
  return /^[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*$/.test(text);
}
