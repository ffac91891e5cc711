/** Asking whether a stored response is still good, and what the answer means (RFC 9111 §4.3). */
import { responseDirectives } from "../http/cache-control.ts";
import { CONDITIONAL_FIELDS, isStrong } from "../http/conditional.ts";
import { type FieldLine, type Fields, fieldValue, type RequestHead, type ResponseHead } from "../http/fields.ts";
import { endToEndFields } from "../http/forward.ts";
import { type AdmitLimits, admit, type RefusalReason } from "./admit.ts";
import type { ExchangeTimes } from "./freshness.ts";
import type { CacheRules } from "./rules.ts";
import type { StoredResponse } from "./stored.ts";

/** Fields of a 304 or HEAD answer that do not replace the stored ones: they describe the stored bytes (RFC 9111 §3.2). */
const BOUND_TO_BODY: ReadonlySet<string> = new Set([
  "content-length",
  "content-encoding",
  "content-range",
  "content-md5",
]);
const NOT_UPDATED: ReadonlySet<string> = new Set(["cache-status", "alt-svc", "server-timing"]);

/** The request's fields with our validators in place of the client's conditions and range (RFC 9111 §4.3.1). */
export function withValidators<B>(fields: Fields, stored: StoredResponse<B>): Fields {
  const kept: FieldLine[] = fields.filter(([name]) => !CONDITIONAL_FIELDS.has(name) && name !== "range");
  const etag = fieldValue(stored.head.fields, "etag");
  const lastModified = fieldValue(stored.head.fields, "last-modified");
  if (etag !== undefined) kept.push(["if-none-match", etag]);
  if (lastModified !== undefined) kept.push(["if-modified-since", lastModified]);
  return kept;
}

/**
 * Whether a 304 speaks of the stored response (RFC 9111 §4.3.4): its validators, where both have one, are the same. The
 * RFC would have a 304 without any validator update only responses without any; real servers send such 304s for both.
 */
export function confirms<B>(stored: StoredResponse<B>, response: ResponseHead): boolean {
  const etag = fieldValue(response.fields, "etag");
  const ours = fieldValue(stored.head.fields, "etag");
  if (etag !== undefined && ours !== undefined) {
    return isStrong(etag) || isStrong(ours) ? etag === ours : opaque(etag) === opaque(ours);
  }
  return sameField("last-modified", stored.head, response);
}

function opaque(etag: string): string {
  return etag.replace(/^w\//i, "");
}

/** Whether a field has the same value in both heads, or is missing in one. */
function sameField(name: string, stored: ResponseHead, response: ResponseHead): boolean {
  const theirs = fieldValue(response.fields, name);
  return theirs === undefined || theirs === (fieldValue(stored.fields, name) ?? theirs);
}

/** What was confirmed, in a request and its answer (a 304, or to HEAD). */
export interface Confirmation {
  readonly request: RequestHead;
  readonly response: ResponseHead;
  readonly times: ExchangeTimes;
  readonly rules: CacheRules;
  readonly limits: AdmitLimits;
}

/** A confirmed response with its new fields, and for whom it is. */
export interface Confirmed<B> {
  readonly stored: StoredResponse<B>;
  /**
   * `all`: it takes the place of the stored one. `asked`: the same, but it may no longer be shared without asking. `one`:
   * it is for this client only, the stored one stays as it was.
   */
  readonly use: "all" | "asked" | "one";
  /** Fields of the confirmation that are for the client who caused it, and never stored. */
  readonly forOne: Fields;
}

/** The stored response with the fields of a 304 (or of a matching HEAD answer) folded in (RFC 9111 §3.2, §4.3.4). */
export function freshen<B>(stored: StoredResponse<B>, confirmation: Confirmation): Confirmed<B> {
  const { request, times } = confirmation;
  const forOne = endToEndFields(confirmation.response.fields).filter(isForOne(confirmation));
  const response = { status: stored.head.status, fields: mergedFields(stored.head.fields, confirmation) };
  // With its new fields it has to be admitted again: the origin may have made it private, or say less in Vary.
  const admission = admit({ ...confirmation, request: { ...request, method: "GET" }, response, closeDelimited: false });
  if (admission.kind === "refused") {
    const fields = response.fields.filter(([name]) => name !== "age");
    const head = { status: response.status, fields };
    const use = OF_THE_REQUEST.has(admission.reason) ? "one" : "asked";
    return { stored: { ...stored, head, freshness: { ...stored.freshness, ...NEVER_UNASKED }, ...times }, use, forOne };
  }
  const { head, varyOn, freshness } = admission;
  return { stored: { ...stored, head, varyOn, freshness, ...times }, use: "all", forOne };
}

const NEVER_UNASKED = { lifetimeSeconds: 0, initialAgeSeconds: 0, neverStale: true, alwaysRevalidate: true } as const;

/** Refusals that say something about one request only, and nothing about others for the same key. */
export const OF_THE_REQUEST: ReadonlySet<string> = new Set<RefusalReason>([
  "request-no-store",
  "authorization",
  "partial-content",
]);

/** Age and Date belong to the answer that just came; a missing Date is when it came (RFC 9110 §6.6.1). */
function mergedFields(stored: Fields, confirmation: Confirmation): Fields {
  const withheld = isForOne(confirmation);
  const updates = endToEndFields(confirmation.response.fields).filter(
    (line) => !BOUND_TO_BODY.has(line[0]) && !NOT_UPDATED.has(line[0]) && !withheld(line),
  );
  const replaced = new Set(["date", ...updates.map(([name]) => name)]);
  return [...stored.filter(([name]) => !replaced.has(name)), ...updates];
}

/** What is withheld from the store: fields that directives name, and cookies where the profile does not store them. */
function isForOne({ response, rules }: Confirmation): (line: FieldLine) => boolean {
  const withheld = new Set(responseDirectives(response.fields).directives.withheldFields);
  return ([name]) => withheld.has(name) || (name === "set-cookie" && rules.profile === "safe");
}

/** Whether an answer to HEAD describes the stored body (RFC 9111 §4.3.5). */
export function headMatches<B>(stored: StoredResponse<B>, response: ResponseHead): boolean {
  const bytes = fieldValue(response.fields, "content-length");
  if (bytes !== undefined && Number(bytes) !== stored.body.bytes) return false;
  return ["etag", "last-modified"].every((name) => sameField(name, stored.head, response));
}
