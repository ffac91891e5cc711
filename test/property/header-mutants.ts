/** Grammar-based mutants of real response and request fields, and what must hold of every one of them. */
import { admit } from "../../core/cache/admit.ts";
import { decide } from "../../core/cache/decide.ts";
import { ageSeconds, freshnessOf } from "../../core/cache/freshness.ts";
import { cacheGroups, invalidatedGroups } from "../../core/cache/groups.ts";
import { invalidatedTargets } from "../../core/cache/invalidate.ts";
import { searchVariance, significantTarget } from "../../core/cache/no-vary-search.ts";
import { freshen } from "../../core/cache/revalidate.ts";
import { DEFAULT_CACHE_RULES } from "../../core/cache/rules.ts";
import { responseTags } from "../../core/cache/tags.ts";
import { evaluatePreconditions, ifRangeHolds } from "../../core/http/conditional.ts";
import type { FieldLine, RequestHead, ResponseHead } from "../../core/http/fields.ts";
import { evaluateRange } from "../../core/http/range.ts";
import { parseDictionary } from "../../core/http/structured.ts";
import { seeded } from "../differential/triples.ts";

const LIMITS = { varyFieldsMax: 4, tagsPerResponseMax: 128, tagsPerResponseMaxBytes: 8192 };
const NOW_MS = Date.UTC(2026, 0, 1);

/** Fields as sites send them. */
const RESPONSES: readonly (readonly FieldLine[])[] = [
  [
    ["date", "Thu, 01 Jan 2026 00:00:00 GMT"],
    ["cache-control", "public, max-age=31536000, immutable"],
    ["etag", '"5f3b-62d1"'],
    ["last-modified", "Wed, 31 Dec 2025 10:00:00 GMT"],
    ["vary", "Accept-Encoding, Origin"],
  ],
  [
    ["date", "Wed, 31 Dec 2025 23:59:00 GMT"],
    ["cache-control", 'private="set-cookie, x-user", s-maxage=60, stale-while-revalidate=30, stale-if-error=86400'],
    ["age", "12"],
    ["content-language", "de-AT"],
  ],
  [
    ["expires", "Sunday, 06-Nov-94 08:49:37 GMT"],
    ["last-modified", "Sun Nov  6 08:49:37 1994"],
    ["cdn-cache-control", "max-age=600, stale-if-error=3600;ext=1"],
    ["surrogate-control", 'max-age=3600+600, content="ESI/1.0"'],
    ["vary", "*"],
  ],
  [
    ["cache-control", "no-cache, no-store, must-revalidate, must-understand"],
    ["set-cookie", "sid=1; Path=/; HttpOnly"],
    ["age", "0, 7200"],
    ["content-location", "/index.html"],
  ],
  [
    ["cache-control", "max-age=60"],
    ["no-vary-search", 'key-order, params, except=("q" "id%20x")'],
    ["cache-groups", '"news", "sport";v=1'],
    ["cache-group-invalidation", '"news"'],
    ["cache-tag", "a, b,c"],
    ["surrogate-key", "d e f"],
    ["location", "../x/./y?z#w"],
  ],
];
const REQUESTS: readonly (readonly FieldLine[])[] = [
  [
    ["accept-encoding", "gzip, deflate, br;q=0.9, zstd"],
    ["accept-language", "en-US,en;q=0.9,de;q=0.8"],
    ["if-none-match", 'W/"5f3b-62d1", "x"'],
    ["cookie", "a=b"],
  ],
  [
    ["cache-control", "max-age=0, min-fresh=10, max-stale=60"],
    ["range", "bytes=0-99, 200-, -5"],
    ["if-range", '"5f3b-62d1"'],
    ["authorization", "Bearer x"],
  ],
  [
    ["if-modified-since", "Wed, 31 Dec 2025 10:00:00 GMT"],
    ["if-match", '"a", "b"'],
    ["if-unmodified-since", "Thursday, 18-Aug-50 02:01:18 GMT"],
    ["cache-control", "only-if-cached"],
  ],
];
const TOKENS = [
  ",", ";", "=", '"', "\\", " ", "\t", "(", ")", "*", "?1", "-", "0", "9", "99999999999999999999", "1e9", "-1", "0x10",
  "NaN", "Infinity", "max-age", "s-maxage", "no-cache", "private", "bytes=", "GMT", "q=", "W/", ":", "é", "\u0000", "..",
]; // biome-ignore format: a list of scraps reads better packed

type Random = () => number;
const pick = <T>(random: Random, list: readonly T[], fallback: T): T =>
  list[Math.floor(random() * list.length)] ?? fallback;

/** Inserts, deletes, doubles, swaps or recases parts of the values; repeats or drops lines. */
function mutate(random: Random, fields: readonly FieldLine[]): FieldLine[] {
  const mutated = fields.map(([name, value]): FieldLine => [name, random() < 0.6 ? mutateValue(random, value) : value]);
  if (random() < 0.2) mutated.splice(Math.floor(random() * mutated.length), 1);
  const doubled = pick(random, mutated, undefined);
  if (random() < 0.2 && doubled) mutated.push([doubled[0], mutateValue(random, doubled[1])]);
  return mutated;
}

function mutateValue(random: Random, value: string): string {
  const at = Math.floor(random() * (value.length + 1));
  const until = at + Math.floor(random() * 8);
  switch (Math.floor(random() * 6)) {
    case 0:
      return value.slice(0, at) + pick(random, TOKENS, ",") + value.slice(at);
    case 1:
      return value.slice(0, at) + value.slice(until);
    case 2:
      return value + value.slice(at, until).repeat(3);
    case 3:
      return value.slice(at) + value.slice(0, at);
    case 4:
      return random() < 0.5 ? value.toUpperCase() : value.toLowerCase();
    default:
      return value.slice(0, at) + pick(random, TOKENS, ",") + value.slice(until);
  }
}

const notBelowZero = (what: string, value: number): void => {
  if (!(value >= 0)) throw new Error(`${what} is ${value}`);
};

/** What lies beyond RFC 9111: groups, tags, queries, and the targets that an unsafe request makes invalid. */
function checkExtensions(random: Random, request: RequestHead, response: ResponseHead): void {
  cacheGroups(response.fields);
  invalidatedGroups(response.fields);
  responseTags(response.fields, LIMITS);
  for (const target of invalidatedTargets({ ...request, method: "POST" }, response)) {
    if (!target.startsWith("/")) throw new Error(`an invalidated target is ${target}`);
  }
  const variance = searchVariance(response.fields);
  if (variance === undefined) return;
  const once = significantTarget(mutateValue(random, "/a?q=1&id+x=%31&q=2&%ff=3"), variance);
  if (significantTarget(once, variance) !== once) throw new Error(`${once} is not what matters of itself`);
}

/** Runs every parser and the whole decision over the mutant of a seed; throws when an invariant breaks. */
export function checkMutant(seed: number): void {
  const random = seeded(seed);
  const response = {
    status: pick(random, [200, 204, 301, 404, 503], 200),
    fields: mutate(random, pick(random, RESPONSES, [])),
  };
  const request: RequestHead = {
    method: pick(random, ["GET", "GET", "HEAD", "POST"], "GET"),
    scheme: "http",
    authority: "a.test",
    target: "/index.html",
    fields: mutate(random, pick(random, REQUESTS, [])),
  };
  checkExtensions(random, request, response);
  const rules = { ...DEFAULT_CACHE_RULES, profile: pick(random, ["safe", "rfc9111"] as const, "safe") };
  const times = { requestAtMs: NOW_MS, responseAtMs: NOW_MS + Math.floor(random() * 1000) };
  const freshness = freshnessOf(response, times, rules, true);
  const laterMs = NOW_MS + Math.floor(random() * 1e9) - 1e6;
  notBelowZero("lifetime", freshness.lifetimeSeconds);
  notBelowZero("initial age", freshness.initialAgeSeconds);
  notBelowZero("age", ageSeconds(freshness, times.responseAtMs, laterMs));
  notBelowZero("stale-while-revalidate", freshness.staleWhileRevalidateSeconds);
  notBelowZero("stale-if-error", freshness.staleIfErrorSeconds);
  const admission = admit({ request, response, times, rules, closeDelimited: false, limits: LIMITS });
  if (admission.kind === "admitted") {
    const stored = { ...admission, ...times, body: { bytes: 100, open: () => "" } };
    decide(request, [stored], rules, laterMs);
    const confirmed = { status: 304, fields: mutate(random, response.fields) };
    freshen(stored, { request, response: confirmed, times, rules, limits: LIMITS });
  }
  evaluatePreconditions(request.fields, response.fields, laterMs);
  ifRangeHolds(request.fields, response.fields, laterMs);
  for (const [, value] of [...request.fields, ...response.fields]) {
    parseDictionary(value);
    const range = evaluateRange(value, 100, 4);
    if (range.kind === "spans")
      for (const span of range.spans) notBelowZero("span", Math.min(span.first, 99 - span.last));
  }
}
