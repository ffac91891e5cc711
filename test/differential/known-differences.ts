/** Where we differ from http-cache-semantics, and why. Each is a rule of the RFC or a choice written down in docs/conformance.md. */
import { responseDirectives } from "../../core/http/cache-control.ts";
import { parseHttpDate } from "../../core/http/dates.ts";
import { combinedValue, fieldValue } from "../../core/http/fields.ts";
import { START_MS, type Triple } from "./triples.ts";

/** One named difference. */
export interface KnownDifference {
  readonly name: string;
  readonly reason: string;
  readonly only: "we reuse" | "they reuse";
  applies(triple: Triple): boolean;
}

const directivesOf = ({ response }: Triple) => responseDirectives(response.fields).directives;
const cacheControlOf = ({ response }: Triple): string => combinedValue(response.fields, "cache-control") ?? "";
const wishesOf = ({ second }: Triple): string => combinedValue(second.fields, "cache-control") ?? "";

const VALIDATORS = new Set(["etag", "last-modified"]);

/** Statuses that the library understands. */
const THEIR_STATUSES = new Set([200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501]);

/** The first that applies names the difference: the more particular ones come first. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: "head-from-get",
    reason: "RFC 9111 §4: a stored GET response may answer HEAD; the library compares methods only.",
    only: "we reuse",
    applies: ({ first, second }) => first.method === "GET" && second.method === "HEAD",
  },
  {
    name: "must-revalidate-fresh",
    reason:
      "RFC 9111 §5.2.2.2, §5.2.2.8: must-revalidate and proxy-revalidate matter once the response is stale; the library never reuses it.",
    only: "we reuse",
    applies: (triple) => directivesOf(triple).mustRevalidate || directivesOf(triple).proxyRevalidate,
  },
  {
    name: "explicit-freshness-any-status",
    reason: "RFC 9111 §3: a final status with explicit freshness may be stored; the library knows fourteen statuses.",
    only: "we reuse",
    applies: ({ response }) => !THEIR_STATUSES.has(response.status),
  },
  {
    name: "vary-normalised",
    reason: "RFC 9111 §4.1: fields may be normalised before they are compared; the library compares them as sent.",
    only: "we reuse",
    applies: ({ response, first, second }) =>
      (combinedValue(response.fields, "vary") ?? "")
        .split(", ")
        .some((name) => combinedValue(first.fields, name) !== combinedValue(second.fields, name)),
  },
  {
    name: "qualified-directives",
    reason: 'RFC 9111 §5.2.2.4, §5.2.2.7: no-cache="x" and private="x" withhold a field, not the response.',
    only: "we reuse",
    applies: (triple) => directivesOf(triple).withheldFields.length > 0,
  },
  {
    name: "no-store-must-understand",
    reason: "RFC 9111 §5.2.2.3: must-understand sets no-store aside where the status is understood.",
    only: "we reuse",
    applies: (triple) => directivesOf(triple).noStore && directivesOf(triple).mustUnderstand,
  },
  {
    name: "set-cookie-rfc9111",
    reason:
      "RFC 9111 §7.3: Set-Cookie does not by itself prevent storing; our `safe` profile refuses it, `rfc9111` does not.",
    only: "we reuse",
    applies: ({ response }) => fieldValue(response.fields, "set-cookie") !== undefined,
  },
  {
    name: "stale-while-revalidate",
    reason: "RFC 5861 §3: within its window the stale response is served; the library reports a revalidation.",
    only: "we reuse",
    applies: (triple) => directivesOf(triple).staleWhileRevalidateSeconds !== undefined,
  },
  {
    name: "max-age-with-max-stale",
    reason: "RFC 9111 §5.2.1.1: a client's max-age does not exclude a stale response when it sends max-stale too.",
    only: "we reuse",
    applies: (triple) => /max-age.*max-stale/.test(wishesOf(triple)),
  },
  {
    name: "head-stored",
    reason: "RFC 9111 §4.3.5: an answer to HEAD updates stored responses here; it is not stored by itself.",
    only: "they reuse",
    applies: ({ first }) => first.method === "HEAD",
  },
  {
    name: "immutable-means-a-day",
    reason: "RFC 8246: immutable gives no lifetime; the library gives a bare one 86,400,000 s: a unit bug.",
    only: "they reuse",
    applies: (triple) => directivesOf(triple).immutable,
  },
  {
    name: "no-cache-before-max-stale",
    reason: "RFC 9111 §5.2.2.4: no-cache demands validation before every use; a client's max-stale does not lift it.",
    only: "they reuse",
    applies: (triple) => directivesOf(triple).noCache && wishesOf(triple).includes("max-stale"),
  },
  {
    name: "useless-not-stored",
    reason: "RFC 9111 §3 leaves it open: what is stale on arrival and cannot be validated is not stored here.",
    only: "they reuse",
    applies: (triple) =>
      wishesOf(triple).includes("max-stale") && !triple.response.fields.some(([name]) => VALIDATORS.has(name)),
  },
  {
    name: "heuristic-capped",
    reason: "RFC 9111 §4.2.2 asks for care with heuristics: ours never exceed a day.",
    only: "they reuse",
    applies: ({ response, laterMs }) => {
      const oldSeconds = laterMs / 1000 + (Number(fieldValue(response.fields, "age")) || 0);
      return fieldValue(response.fields, "last-modified") !== undefined && oldSeconds >= 86_400;
    },
  },
  {
    name: "never-stale",
    reason: "RFC 9111 §4.2.4, §5.2.2.8, §5.2.2.10: max-stale does not override proxy-revalidate and s-maxage.",
    only: "they reuse",
    applies: (triple) =>
      /proxy-revalidate|s-maxage/.test(cacheControlOf(triple)) && wishesOf(triple).includes("max-stale"),
  },
  {
    name: "apparent-age",
    reason: "RFC 9111 §4.2.3: a Date in the past makes the response old on arrival; the library counts Age only.",
    only: "they reuse",
    applies: ({ response }) => {
      const date = fieldValue(response.fields, "date");
      return date !== undefined && (parseHttpDate(date, START_MS) ?? START_MS) < START_MS;
    },
  },
];
