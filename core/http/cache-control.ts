/** Cache-Control and its targeted relatives, parsed once into numbers and flags (RFC 9111 §5.2, RFC 9213, RFC 5861). */
import { combinedValue, type Fields, hasField, splitList } from "./fields.ts";
import { parseDictionary } from "./structured.ts";

/** Delta-seconds beyond this mean "for ever" (RFC 9111 §1.2.2). */
export const MAX_DELTA_SECONDS = 2_147_483_648;

/** Response directives. A number is present only when its directive was. */
export interface ResponseDirectives {
  readonly maxAgeSeconds?: number;
  readonly sharedMaxAgeSeconds?: number;
  readonly staleWhileRevalidateSeconds?: number;
  readonly staleIfErrorSeconds?: number;
  readonly noStore: boolean;
  /** Unqualified `no-cache`. */
  readonly noCache: boolean;
  /** Unqualified `private`. */
  readonly private: boolean;
  readonly public: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly immutable: boolean;
  /** Field names in `no-cache="…"` and `private="…"`, lower case: not to be stored. */
  readonly withheldFields: readonly string[];
  /** Something in it could not be read: nothing in it counts as permission. */
  readonly malformed: boolean;
}

/** Request directives (RFC 9111 §5.2.1). */
export interface RequestDirectives {
  readonly maxAgeSeconds?: number;
  readonly minFreshSeconds?: number;
  /** Infinity when `max-stale` has no value. */
  readonly maxStaleSeconds?: number;
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly onlyIfCached: boolean;
}

/** Which field a response's directives came from. */
export type DirectiveSource = "cdn-cache-control" | "surrogate-control" | "cache-control" | "none";

const NO_DIRECTIVES: ResponseDirectives = {
  noStore: false,
  noCache: false,
  private: false,
  public: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  immutable: false,
  withheldFields: [],
  malformed: false,
};
const NO_REQUEST_DIRECTIVES: RequestDirectives = { noCache: false, noStore: false, onlyIfCached: false };

/** Values of each directive by lower-case name; `undefined` values stand for a bare directive. */
type RawDirectives = ReadonlyMap<string, readonly (string | undefined)[]>;

/**
 * The directives that hold for us: the first of CDN-Cache-Control (RFC 9213), Surrogate-Control, Cache-Control that is
 * present and readable. A targeted field replaces Cache-Control and Expires as a whole (RFC 9213 §2.1).
 */
export function responseDirectives(fields: Fields): {
  readonly source: DirectiveSource;
  readonly directives: ResponseDirectives;
} {
  const targeted = combinedValue(fields, "cdn-cache-control");
  if (targeted !== undefined) {
    const raw = dictionaryDirectives(targeted);
    if (raw) return { source: "cdn-cache-control", directives: toResponseDirectives(raw, false) };
  }
  const surrogate = combinedValue(fields, "surrogate-control");
  if (surrogate !== undefined && surrogate !== "") {
    const { raw, malformed } = listDirectives(surrogate.replaceAll(SURROGATE_GRACE, "$1,stale-while-revalidate=$2"));
    if (!malformed) return { source: "surrogate-control", directives: toResponseDirectives(raw, false) };
  }
  if (!hasField(fields, "cache-control")) return { source: "none", directives: NO_DIRECTIVES };
  const { raw, malformed } = listDirectives(combinedValue(fields, "cache-control") ?? "");
  return { source: "cache-control", directives: toResponseDirectives(raw, malformed) };
}

/** Surrogate-Control's `max-age=3600+600`: the second number is how long it may be served stale. */
const SURROGATE_GRACE = /(max-age=\d{1,12})\+(\d{1,12})/gi;

/** The request's directives. What cannot be read is ignored: a client cannot be made stricter by accident. */
export function requestDirectives(fields: Fields): RequestDirectives {
  const value = combinedValue(fields, "cache-control");
  if (value === undefined) return NO_REQUEST_DIRECTIVES;
  const { raw } = listDirectives(value);
  const maxAge = requestSeconds(raw, "max-age");
  const minFresh = requestSeconds(raw, "min-fresh");
  const maxStale =
    raw.get("max-stale")?.[0] === undefined && raw.has("max-stale") ? Infinity : requestSeconds(raw, "max-stale");
  return {
    noCache: raw.has("no-cache"),
    noStore: raw.has("no-store"),
    onlyIfCached: raw.has("only-if-cached"),
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
    ...(minFresh !== undefined && { minFreshSeconds: minFresh }),
    ...(maxStale !== undefined && { maxStaleSeconds: maxStale }),
  };
}

function requestSeconds(raw: RawDirectives, name: string): number | undefined {
  const value = raw.get(name)?.[0];
  return value === undefined ? undefined : parseDeltaSeconds(value);
}

/** A non-negative integer of seconds, clamped to MAX_DELTA_SECONDS; undefined when it is none. */
export function parseDeltaSeconds(value: string): number | undefined {
  return /^\d+$/.test(value) ? Math.min(Number(value), MAX_DELTA_SECONDS) : undefined;
}

const MEMBER = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z/:@]*)|"((?:[^"\\]|\\.)*)"))?$/;

function listDirectives(value: string): { raw: RawDirectives; malformed: boolean } {
  const raw = new Map<string, (string | undefined)[]>();
  let malformed = false;
  for (const member of splitList(value)) {
    const match = MEMBER.exec(member);
    if (!match?.[1]) {
      malformed = true;
      continue;
    }
    const name = match[1].toLowerCase();
    const values = raw.get(name) ?? [];
    values.push(match[2] ?? match[3]?.replaceAll(/\\(.)/g, "$1"));
    raw.set(name, values);
  }
  return { raw, malformed };
}

/** RFC 9213 §2.1: a structured dictionary; an empty or unparsable field, or a value of the wrong type, is no field. */
function dictionaryDirectives(text: string): RawDirectives | undefined {
  const dictionary = parseDictionary(text);
  if (!dictionary || dictionary.size === 0) return undefined;
  const raw = new Map<string, (string | undefined)[]>();
  for (const [name, member] of dictionary) {
    if (member.kind === "boolean") {
      if (member.value) raw.set(name, [undefined]);
    } else if (NUMERIC.has(name)) {
      if (member.kind !== "integer") return undefined;
      raw.set(name, [`${member.value}`]);
    } else if (member.kind === "string" || member.kind === "token") raw.set(name, [member.value]);
    else raw.set(name, [undefined]);
  }
  return raw;
}

const NUMERIC = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);

function toResponseDirectives(raw: RawDirectives, malformed: boolean): ResponseDirectives {
  const maxAge = strictestSeconds(raw, "max-age");
  const sharedMaxAge = strictestSeconds(raw, "s-maxage");
  const staleWhileRevalidate = strictestSeconds(raw, "stale-while-revalidate");
  const staleIfError = strictestSeconds(raw, "stale-if-error");
  return {
    noStore: raw.has("no-store"),
    noCache: isUnqualified(raw, "no-cache"),
    private: isUnqualified(raw, "private"),
    public: raw.has("public"),
    mustRevalidate: raw.has("must-revalidate"),
    proxyRevalidate: raw.has("proxy-revalidate"),
    mustUnderstand: raw.has("must-understand"),
    immutable: raw.has("immutable"),
    withheldFields: [...qualifiedFields(raw, "no-cache"), ...qualifiedFields(raw, "private")],
    malformed,
    ...(maxAge !== undefined && { maxAgeSeconds: maxAge }),
    ...(sharedMaxAge !== undefined && { sharedMaxAgeSeconds: sharedMaxAge }),
    ...(staleWhileRevalidate !== undefined && { staleWhileRevalidateSeconds: staleWhileRevalidate }),
    ...(staleIfError !== undefined && { staleIfErrorSeconds: staleIfError }),
  };
}

/** The smallest of repeated values; one that is no number makes the response stale (RFC 9111 §4.2.1). */
function strictestSeconds(raw: RawDirectives, name: string): number | undefined {
  const values = raw.get(name);
  if (!values) return undefined;
  return Math.min(...values.map((value) => (value === undefined ? 0 : (parseDeltaSeconds(value) ?? 0))));
}

/** A qualified form names fields; an empty or unreadable list of names counts as unqualified. */
function isUnqualified(raw: RawDirectives, name: string): boolean {
  return (raw.get(name) ?? []).some((value) => value === undefined || splitList(value).length === 0);
}

function qualifiedFields(raw: RawDirectives, name: string): string[] {
  return (raw.get(name) ?? []).flatMap((value) => splitList(value ?? "").map((field) => field.toLowerCase()));
}
