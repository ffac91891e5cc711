/** Entity tags and preconditions (RFC 9110 §8.8, §13), as a cache evaluates them (RFC 9111 §4.3.2). */
import { parseHttpDate } from "./dates.ts";
import { combinedValue, type Fields, fieldValue, fieldValues, hasField } from "./fields.ts";

/** Fields that make a request conditional. */
export const CONDITIONAL_FIELDS: ReadonlySet<string> = new Set([
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
]);

/** What the preconditions of a GET or HEAD make of a stored response. */
export type PreconditionVerdict =
  /** Answer as if there were none. */
  | "proceed"
  /** The client's copy is equal: 304. */
  | "not-modified"
  /** If-Match or If-Unmodified-Since does not hold here; only the origin may say 412 (RFC 9111 §4.3.2). */
  | "ask-origin";

/** Evaluates the preconditions in the order of RFC 9110 §13.2.2. If-Range is the range's business. */
export function evaluatePreconditions(request: Fields, response: Fields, nowMs: number): PreconditionVerdict {
  if (!isConditional(request)) return "proceed";
  const etag = fieldValue(response, "etag");
  const lastModifiedMs = dateOf(response, "last-modified", nowMs);
  const ifMatch = combinedValue(request, "if-match");
  if (ifMatch !== undefined) {
    if (!matchesStrongly(ifMatch, etag)) return "ask-origin";
  } else {
    const unmodifiedSinceMs = dateOf(request, "if-unmodified-since", nowMs);
    if (unmodifiedSinceMs !== undefined && !(lastModifiedMs !== undefined && lastModifiedMs <= unmodifiedSinceMs)) {
      return "ask-origin";
    }
  }
  const ifNoneMatch = combinedValue(request, "if-none-match");
  if (ifNoneMatch !== undefined) return matchesWeakly(ifNoneMatch, etag) ? "not-modified" : "proceed";
  const modifiedSinceMs = dateOf(request, "if-modified-since", nowMs);
  // Without a Last-Modified the field must be ignored (RFC 9110 §13.1.3).
  if (modifiedSinceMs === undefined || lastModifiedMs === undefined) return "proceed";
  return lastModifiedMs <= modifiedSinceMs ? "not-modified" : "proceed";
}

/** Whether If-Range holds, so that Range may be applied (RFC 9110 §13.1.5). True when there is no If-Range. */
export function ifRangeHolds(request: Fields, response: Fields, nowMs: number): boolean {
  const condition = fieldValue(request, "if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"') || condition.startsWith("W/")) {
    const etag = fieldValue(response, "etag");
    return etag !== undefined && isStrong(etag) && etag === condition;
  }
  const conditionMs = parseHttpDate(condition, nowMs);
  const lastModifiedMs = dateOf(response, "last-modified", nowMs);
  if (conditionMs === undefined || conditionMs !== lastModifiedMs) return false;
  // A date is strong only if it is at least a minute (here: a second suffices, RFC 9110 §8.8.2.2) older than Date.
  const dateMs = dateOf(response, "date", nowMs);
  return dateMs !== undefined && dateMs - lastModifiedMs >= 1000;
}

/** Whether a request carries any precondition. */
export function isConditional(request: Fields): boolean {
  // Most requests carry none, and their names begin otherwise.
  for (const line of request) if (line[0].startsWith("if-") && CONDITIONAL_FIELDS.has(line[0])) return true;
  return false;
}

/** Whether a response can be validated: it has an entity tag or a modification date. */
export function hasValidator(response: Fields): boolean {
  return hasField(response, "etag") || hasField(response, "last-modified");
}

/** Whether an entity tag is strong. */
export function isStrong(etag: string): boolean {
  return !/^w\//i.test(etag);
}

const LISTED_TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"/g;

/** The tags of a list; commas inside quotes do not split it. Unquoted tags, which some servers send, count as written. */
function listedTags(value: string): readonly string[] {
  const quoted = value.match(LISTED_TAG);
  return quoted ?? value.split(",").map((tag) => tag.trim());
}

/** If-None-Match: weak comparison (RFC 9110 §13.1.2). */
function matchesWeakly(condition: string, etag: string | undefined): boolean {
  if (condition.trim() === "*") return true;
  if (etag === undefined) return false;
  return listedTags(condition).some((tag) => opaque(tag) === opaque(etag));
}

/** If-Match: strong comparison (RFC 9110 §13.1.1). */
function matchesStrongly(condition: string, etag: string | undefined): boolean {
  if (condition.trim() === "*") return true;
  if (etag === undefined || !isStrong(etag)) return false;
  return listedTags(condition).some((tag) => isStrong(tag) && tag === etag);
}

function opaque(etag: string): string {
  return etag.startsWith("W/") ? etag.slice(2) : etag;
}

/** A date field, read only when it has one line. */
function dateOf(fields: Fields, name: string, nowMs: number): number | undefined {
  const values = fieldValues(fields, name);
  return values.length === 1 && values[0] !== undefined ? parseHttpDate(values[0], nowMs) : undefined;
}
