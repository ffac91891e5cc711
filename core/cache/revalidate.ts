/** Asking whether a stored response is still good, and what the answer means (RFC 9111 §4.3). */

import { responseDirectives } from "../http/cache-control.ts";
import { CONDITIONAL_FIELDS, isStrong } from "../http/conditional.ts";
import {
  type FieldLine,
  type Fields,
  fieldValue,
  hasField,
  type RequestHead,
  type ResponseHead,
} from "../http/fields.ts";
import { endToEndFields } from "../http/forward.ts";
import { type ExchangeTimes, freshnessOf } from "./freshness.ts";
import type { CacheRules } from "./rules.ts";
import type { StoredResponse } from "./stored.ts";

/** Fields of a 304 or HEAD answer that do not replace the stored ones: they describe the stored bytes (RFC 9111 §3.2). */
const BOUND_TO_BODY: ReadonlySet<string> = new Set([
  "content-length",
  "content-encoding",
  "content-range",
  "content-md5",
]);
const NOT_UPDATED: ReadonlySet<string> = new Set(["age", "cache-status", "alt-svc", "server-timing"]);

/** The request's fields with our validators in place of the client's conditions and range (RFC 9111 §4.3.1). */
export function withValidators<B>(fields: Fields, stored: StoredResponse<B>): Fields {
  const kept: FieldLine[] = fields.filter(([name]) => !CONDITIONAL_FIELDS.has(name) && name !== "range");
  const etag = fieldValue(stored.head.fields, "etag");
  const lastModified = fieldValue(stored.head.fields, "last-modified");
  if (etag !== undefined) kept.push(["if-none-match", etag]);
  if (lastModified !== undefined) kept.push(["if-modified-since", lastModified]);
  return kept;
}

/** Whether a 304 speaks of the stored response (RFC 9111 §4.3.4): its validators, where it has any, are the same. */
export function confirms<B>(stored: StoredResponse<B>, response: ResponseHead): boolean {
  const etag = fieldValue(response.fields, "etag");
  if (etag !== undefined) {
    const ours = fieldValue(stored.head.fields, "etag");
    if (ours !== undefined) return isStrong(etag) || isStrong(ours) ? etag === ours : opaque(etag) === opaque(ours);
  }
  return true;
}

function opaque(etag: string): string {
  return etag.replace(/^w\//i, "");
}

/** The stored response with the fields of a 304 (or of a matching HEAD answer) folded in (RFC 9111 §3.2, §4.3.4). */
export function freshen<B>(
  stored: StoredResponse<B>,
  request: RequestHead,
  response: ResponseHead,
  times: ExchangeTimes,
  rules: CacheRules,
): StoredResponse<B> {
  const withheld = new Set(responseDirectives(response.fields).directives.withheldFields);
  const updates = endToEndFields(response.fields).filter(([name]) => {
    if (BOUND_TO_BODY.has(name) || NOT_UPDATED.has(name) || withheld.has(name)) return false;
    return name !== "set-cookie" || rules.profile === "rfc9111";
  });
  const replaced = new Set(updates.map(([name]) => name));
  const fields = [...stored.head.fields.filter(([name]) => !replaced.has(name)), ...updates];
  const head = { status: stored.head.status, fields };
  const heuristics = !hasField(request.fields, "cookie");
  // Age belongs to the answer that just came, not to the stored head, which has none.
  const age = response.fields.filter(([name]) => name === "age");
  const freshness = freshnessOf({ status: head.status, fields: [...fields, ...age] }, times, rules, heuristics);
  return { ...stored, head, freshness, requestAtMs: times.requestAtMs, responseAtMs: times.responseAtMs };
}

/** Whether an answer to HEAD describes the stored body (RFC 9111 §4.3.5). */
export function headMatches<B>(stored: StoredResponse<B>, response: ResponseHead): boolean {
  return ["content-length", "etag", "last-modified"].every((name) => {
    const theirs = fieldValue(response.fields, name);
    return theirs === undefined || theirs === (fieldValue(stored.head.fields, name) ?? theirs);
  });
}
