/** May this response be stored, and as what? (RFC 9111 §3) */
import { type ResponseDirectives, requestDirectives, responseDirectives } from "../http/cache-control.ts";
import { hasValidator } from "../http/conditional.ts";
import { formatHttpDate } from "../http/dates.ts";
import { type FieldLine, type Fields, hasField, type RequestHead, type ResponseHead } from "../http/fields.ts";
import { endToEndFields } from "../http/forward.ts";
import { varyNames, varyValues } from "../http/vary.ts";
import { type ExchangeTimes, type Freshness, freshnessOf, isHeuristicStatus } from "./freshness.ts";
import { isPageNamedLikeFile } from "./page-type.ts";
import type { CacheRules } from "./rules.ts";
import { responseTags, type TagLimits } from "./tags.ts";

/** Why a response is not stored: one word each, shown to the owner. */
export type RefusalReason =
  | "method"
  | "status"
  | "partial-content"
  | "request-no-store"
  | "no-store"
  | "private"
  | "authorization"
  | "cache-control-malformed"
  | "must-understand"
  | "vary-star"
  | "vary-request"
  | "vary-too-many"
  | "page-named-like-file"
  | "set-cookie"
  | "no-freshness"
  | "error-without-freshness"
  | "close-delimited"
  | "tags-over-limit";

/** The head to store, and how it may be used. */
export interface Admitted {
  readonly kind: "admitted";
  readonly id: string;
  readonly head: ResponseHead;
  readonly varyOn: readonly FieldLine[];
  readonly freshness: Freshness;
}

/** The verdict. */
export type Admission = Admitted | { readonly kind: "refused"; readonly reason: RefusalReason };

/** Limits of what may be stored. */
export interface AdmitLimits extends TagLimits {
  readonly varyFieldsMax: number;
}

/** What is asked. */
export interface AdmitQuestion {
  readonly request: RequestHead;
  readonly response: ResponseHead;
  readonly times: ExchangeTimes;
  readonly rules: CacheRules;
  /** The body ended with the connection: `safe` does not trust that it is whole (FAULTS R04). */
  readonly closeDelimited: boolean;
  readonly limits: AdmitLimits;
}

/** Statuses whose caching rules this cache implements (RFC 9111 §5.2.2.3, must-understand). */
const UNDERSTOOD_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 416, 421, 422,
  451, 500, 501, 502, 503, 504,
]);

/** Statuses that speak of a condition, range or expectation of one request: they say nothing to others with the same key. */
const ABOUT_THE_REQUEST: ReadonlySet<number> = new Set([304, 412, 416, 417]);

/** Statuses that one client can bring about for all by what is in no key: long fields, a slow or early request (FAULTS C05). */
const ABOUT_ITS_SIZE_OR_TIME: ReadonlySet<number> = new Set([408, 413, 425, 431]);

/** Fields that are never stored although they are end-to-end: they speak of one response only. */
const NOT_STORED: ReadonlySet<string> = new Set(["age", "cache-status", "server-timing", "alt-svc"]);

/** Decides whether a response may be stored, and makes the head to store. */
export function admit(question: AdmitQuestion): Admission {
  const { request, response, rules, times } = question;
  const { directives } = responseDirectives(response.fields);
  const heuristics = !hasField(request.fields, "cookie");
  const freshness = freshnessOf(response, times, rules, heuristics);
  const names = varyNames(response.fields);
  const reason = refusal(question, directives, freshness, names);
  if (reason !== undefined) return { kind: "refused", reason };
  const varyOn = varyValues(request.fields, typeof names === "string" ? [] : names);
  return {
    kind: "admitted",
    id: variantId(varyOn),
    head: { status: response.status, fields: storedFields(response.fields, directives, question) },
    varyOn,
    freshness,
  };
}

function refusal(
  question: AdmitQuestion,
  directives: ResponseDirectives,
  freshness: Freshness,
  names: ReturnType<typeof varyNames>,
): RefusalReason | undefined {
  const { request, response, rules } = question;
  const { status } = response;
  if (request.method !== "GET" && !isSelfDescribingPost(question, freshness)) return "method";
  if (status === 206) return "partial-content";
  if (status < 200 || ABOUT_THE_REQUEST.has(status)) return "status";
  if (requestDirectives(request.fields).noStore) return "request-no-store";
  if (directives.malformed) return "cache-control-malformed";
  if (directives.mustUnderstand && !UNDERSTOOD_STATUSES.has(status)) return "must-understand";
  if (directives.noStore && !directives.mustUnderstand) return "no-store";
  if (directives.private) return "private";
  if (hasField(request.fields, "authorization") && !allowsAuthorized(directives)) return "authorization";
  if (names === "*") return "vary-star";
  if (names === "request") return "vary-request";
  if (names.length > question.limits.varyFieldsMax) return "vary-too-many";
  if (responseTags(response.fields, question.limits) === "over-limit") return "tags-over-limit";
  if (rules.profile === "safe") {
    if (ABOUT_ITS_SIZE_OR_TIME.has(status)) return "status";
    if (hasField(response.fields, "set-cookie") && !rules.storeSetCookie) return "set-cookie";
    if (question.closeDelimited) return "close-delimited";
    if (status >= 400 && !isExplicit(freshness) && freshness.source !== "heuristic") return "error-without-freshness";
  }
  if (isOfSite(freshness) && status < 300 && isPageNamedLikeFile(request.target, response.fields)) {
    return "page-named-like-file";
  }
  if (!isExplicit(freshness) && !isHeuristicStatus(status) && !directives.public) return "no-freshness";
  return isUseful(response, freshness) ? undefined : "no-freshness";
}

function isExplicit(freshness: Freshness): boolean {
  return freshness.source !== "none" && freshness.source !== "heuristic" && freshness.source !== "site-default";
}

/** The site gives it freshness, the response itself does not. */
function isOfSite({ source }: Freshness): boolean {
  return source === "site-rule" || source === "site-default";
}

/** RFC 9111 §3.5. */
function allowsAuthorized(directives: ResponseDirectives): boolean {
  return directives.public || directives.mustRevalidate || directives.sharedMaxAgeSeconds !== undefined;
}

/** A stored response is of use only if it can answer without the origin, or be validated with it. */
function isUseful(response: ResponseHead, freshness: Freshness): boolean {
  if (hasValidator(response.fields)) return true;
  return !freshness.alwaysRevalidate && freshness.lifetimeSeconds > freshness.initialAgeSeconds;
}

/** A POST whose answer says that it is what a GET of this URL would give (RFC 9110 §9.3.3). */
function isSelfDescribingPost({ request, response }: AdmitQuestion, freshness: Freshness): boolean {
  if (request.method !== "POST" || response.status !== 200 || !isExplicit(freshness)) return false;
  const locations = response.fields.filter(([name]) => name === "content-location");
  const location = locations.length === 1 ? locations[0]?.[1] : undefined;
  if (location === undefined) return false;
  return location === request.target || location === `${request.scheme}://${request.authority}${request.target}`;
}

/** End-to-end fields less those withheld by directives, with a Date (RFC 9110 §6.6.1). */
function storedFields(fields: Fields, directives: ResponseDirectives, question: AdmitQuestion): Fields {
  const withheld = new Set(directives.withheldFields);
  const kept = endToEndFields(fields).filter(([name]) => {
    if (NOT_STORED.has(name) || withheld.has(name)) return false;
    return name !== "set-cookie" || question.rules.profile === "rfc9111";
  });
  if (hasField(kept, "date")) return kept;
  return [...kept, ["date", formatHttpDate(question.times.responseAtMs)]];
}

/** Names and values with their lengths, so that no two selections share an id. */
function variantId(varyOn: readonly FieldLine[]): string {
  return varyOn.map(([name, value]) => `${name}=${value.length}:${value}`).join(";");
}
