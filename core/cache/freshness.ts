/** How long a response is fresh, how old it is, and how long it may be served stale (RFC 9111 §4.2, RFC 5861). */
import { type ResponseDirectives, responseDirectives } from "../http/cache-control.ts";
import { parseHttpDate } from "../http/dates.ts";
import { type Fields, fieldValue, fieldValues, hasField, type ResponseHead } from "../http/fields.ts";
import type { CacheRules } from "./rules.ts";

/** Where a freshness lifetime came from. */
export type FreshnessSource =
  | "site-rule"
  | "cdn-cache-control"
  | "surrogate-control"
  | "s-maxage"
  | "max-age"
  | "expires"
  | "heuristic"
  | "site-default"
  | "none";

/** Computed once, when the response is stored or freshened. */
export interface Freshness {
  readonly lifetimeSeconds: number;
  readonly source: FreshnessSource;
  /** Age when its head arrived (RFC 9111 §4.2.3, corrected_initial_age). */
  readonly initialAgeSeconds: number;
  readonly staleWhileRevalidateSeconds: number;
  readonly staleIfErrorSeconds: number;
  /** Never to be served stale: must-revalidate, proxy-revalidate, s-maxage, no-cache (RFC 9111 §4.2.4). */
  readonly neverStale: boolean;
  /** To be validated before every use: unqualified no-cache. */
  readonly alwaysRevalidate: boolean;
}

/** When a request was handed to the connection and when the head of its response came. */
export interface ExchangeTimes {
  readonly requestAtMs: number;
  readonly responseAtMs: number;
}

/** Statuses that are cacheable without explicit freshness (RFC 9110 §15.1). */
const HEURISTIC_STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]);

const HEURISTIC_FRACTION = 0.1;
const HEURISTIC_MAX_SECONDS = 86_400;

/** The freshness of a response. `heuristics` is false where guessing is not allowed (request with cookies). */
export function freshnessOf(
  response: ResponseHead,
  times: ExchangeTimes,
  rules: CacheRules,
  heuristics: boolean,
): Freshness {
  const { source, directives } = responseDirectives(response.fields);
  const lifetime = lifetimeOf(response, times, rules, heuristics, source, directives);
  return {
    ...lifetime,
    initialAgeSeconds: isOfSite(lifetime.source)
      ? ageValueSeconds(response.fields)
      : initialAgeSeconds(response.fields, times),
    staleWhileRevalidateSeconds: directives.staleWhileRevalidateSeconds ?? rules.staleWhileRevalidateSeconds,
    staleIfErrorSeconds: directives.staleIfErrorSeconds ?? rules.staleIfErrorSeconds,
    neverStale: forbidsStale(directives, rules),
    alwaysRevalidate: directives.noCache,
  };
}

/**
 * A site's own lifetime counts from when the response came, not from its Date: a Date has whole seconds and another
 * clock, and the lifetime may be half a second. What a cache nearer to the origin says in Age counts.
 */
function isOfSite(source: FreshnessSource): boolean {
  return source === "site-rule" || source === "site-default";
}

/**
 * s-maxage implies proxy-revalidate (RFC 9111 §5.2.2.10). In `safe` a stale window beside it lifts that: who writes
 * `s-maxage=1, stale-while-revalidate=59` means it.
 */
function forbidsStale(directives: ResponseDirectives, rules: CacheRules): boolean {
  if (directives.mustRevalidate || directives.proxyRevalidate || directives.noCache) return true;
  if (directives.sharedMaxAgeSeconds === undefined) return false;
  const { staleWhileRevalidateSeconds, staleIfErrorSeconds } = directives;
  const hasWindow = staleWhileRevalidateSeconds !== undefined || staleIfErrorSeconds !== undefined;
  return rules.profile === "rfc9111" || !hasWindow;
}

function lifetimeOf(
  response: ResponseHead,
  times: ExchangeTimes,
  rules: CacheRules,
  heuristics: boolean,
  source: ReturnType<typeof responseDirectives>["source"],
  directives: ResponseDirectives,
): { readonly lifetimeSeconds: number; readonly source: FreshnessSource } {
  const byStatus = rules.ttlSecondsByStatus.get(response.status);
  if (byStatus !== undefined) return { lifetimeSeconds: byStatus, source: "site-rule" };
  const targeted = source === "cdn-cache-control" || source === "surrogate-control";
  if (directives.sharedMaxAgeSeconds !== undefined) {
    return { lifetimeSeconds: directives.sharedMaxAgeSeconds, source: targeted ? source : "s-maxage" };
  }
  if (directives.maxAgeSeconds !== undefined) {
    return { lifetimeSeconds: directives.maxAgeSeconds, source: targeted ? source : "max-age" };
  }
  if (!targeted && hasField(response.fields, "expires")) {
    return { lifetimeSeconds: expiresSeconds(response.fields, times), source: "expires" };
  }
  if (heuristics) {
    const guess = heuristicSeconds(response, times, directives);
    if (guess > 0) return { lifetimeSeconds: guess, source: "heuristic" };
  }
  const mayDefault = HEURISTIC_STATUSES.has(response.status) && !directives.noCache && !directives.malformed;
  if (rules.defaultTtlSeconds !== undefined && mayDefault) {
    return { lifetimeSeconds: rules.defaultTtlSeconds, source: "site-default" };
  }
  return { lifetimeSeconds: 0, source: "none" };
}

/** Expires less Date (RFC 9111 §4.2.1); an invalid or repeated, differing date means "already expired" (§5.3). */
function expiresSeconds(fields: Fields, times: ExchangeTimes): number {
  const values = new Set(fieldValues(fields, "expires"));
  const [value] = values;
  if (values.size !== 1 || value === undefined) return 0;
  const expiresMs = parseHttpDate(value, times.responseAtMs);
  return expiresMs === undefined ? 0 : Math.max(0, (expiresMs - dateMs(fields, times)) / 1000);
}

/** A tenth of the time since the last change, at most a day (RFC 9111 §4.2.2). */
function heuristicSeconds(response: ResponseHead, times: ExchangeTimes, directives: ResponseDirectives): number {
  if (!HEURISTIC_STATUSES.has(response.status) && !directives.public) return 0;
  if (directives.noCache || directives.malformed) return 0;
  const value = fieldValue(response.fields, "last-modified");
  const modifiedMs = value === undefined ? undefined : parseHttpDate(value, times.responseAtMs);
  if (modifiedMs === undefined) return 0;
  const unchangedSeconds = (dateMs(response.fields, times) - modifiedMs) / 1000;
  return Math.min(HEURISTIC_MAX_SECONDS, Math.max(0, unchangedSeconds * HEURISTIC_FRACTION));
}

/** Date, or when the response came if it has none that can be read (RFC 9110 §6.6.1). */
function dateMs(fields: Fields, times: ExchangeTimes): number {
  const value = fieldValue(fields, "date");
  return (value === undefined ? undefined : parseHttpDate(value, times.responseAtMs)) ?? times.responseAtMs;
}

/** RFC 9111 §4.2.3. Date has whole seconds, so the apparent age is counted in whole seconds too. */
function initialAgeSeconds(fields: Fields, times: ExchangeTimes): number {
  const apparentAgeSeconds = Math.floor(times.responseAtMs / 1000) - Math.floor(dateMs(fields, times) / 1000);
  const responseDelaySeconds = Math.max(0, times.responseAtMs - times.requestAtMs) / 1000;
  return Math.max(0, apparentAgeSeconds, ageValueSeconds(fields) + responseDelaySeconds);
}

const MAX_AGE_VALUE_SECONDS = 2_147_483_648;

/** The Age field: the first member of a list, ignored when it is no number (RFC 9111 §5.1). */
function ageValueSeconds(fields: Fields): number {
  const first = fieldValue(fields, "age")?.split(",")[0]?.trim();
  return first !== undefined && /^\d+$/.test(first) ? Math.min(Number(first), MAX_AGE_VALUE_SECONDS) : 0;
}

/** Age now (RFC 9111 §4.2.3, current_age). Never negative: a clock that was set back makes nothing younger than new. */
export function ageSeconds(freshness: Freshness, responseAtMs: number, nowMs: number): number {
  return freshness.initialAgeSeconds + Math.max(0, nowMs - responseAtMs) / 1000;
}

/** Whether a status may be stored without explicit freshness. */
export function isHeuristicStatus(status: number): boolean {
  return HEURISTIC_STATUSES.has(status);
}
