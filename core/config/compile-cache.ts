/** The cache settings in force: those of a site and of the rules that match, laid over each other. */

import { keyDigest } from "../log/key-digest.ts";
import { anyName } from "./match-text.ts";
import type { CachePolicy, KeyQuery } from "./policy.ts";
import type { RuleCacheConfig } from "./rule-types.ts";
import type { Settings } from "./settings.ts";
import type { KeyQueryConfig, Profile } from "./types.ts";

/** Statuses that `ttlSeconds` is about: complete, successful, and cacheable by default (RFC 9110 §15.1). */
const SUCCESSFUL = [200, 203, 204, 206, 300, 301, 308];

/** Resolves layers of cache settings, the strongest first. */
export function cachePolicyOf(
  layers: readonly RuleCacheConfig[],
  context: { readonly profile: Profile; readonly settings: Settings },
): CachePolicy {
  const { profile, settings } = context;
  const first = <K extends keyof RuleCacheConfig>(key: K): RuleCacheConfig[K] | undefined =>
    layers.find((layer) => layer[key] !== undefined)?.[key];
  const keyQuery = first("keyQuery") ?? "all";
  const keyHeaders = sortedOnce((first("keyHeaders") ?? []).map((name) => name.toLowerCase()));
  const keyCookies = sortedOnce(first("keyCookies") ?? []);
  const keyDeviceClass = first("keyDeviceClass") ?? false;
  const keyCountry = first("keyCountry") ?? false;
  const bypassCookies = first("bypassCookies") ?? [];
  return {
    profile,
    mode: first("mode") ?? "cache",
    defaultTtlSeconds: first("defaultTtlSeconds"),
    ttlSecondsByStatus: ttlByStatus(layers),
    keyQuery: keyQueryOf(keyQuery),
    keyHeaders,
    keyCookies,
    keyDeviceClass,
    keyCountry,
    bypassCookies: bypassCookies.length === 0 ? undefined : anyName(bypassCookies),
    staleWhileRevalidateSeconds: first("staleWhileRevalidateSeconds") ?? settings.defaultStaleWhileRevalidateSeconds,
    staleIfErrorSeconds: first("staleIfErrorSeconds") ?? settings.defaultStaleIfErrorSeconds,
    settleSeconds: first("settleSeconds") ?? 0,
    storeSetCookie: first("storeSetCookie") ?? false,
    keyRules: keyDigest(keyRulesOf({ keyQuery, keyHeaders, keyCookies, keyDeviceClass, keyCountry })),
  };
}

const NO_TIMES: ReadonlyMap<number, number> = new Map();

/** Each status comes from the strongest layer that says something about it; in one layer a status beats its class. */
function ttlByStatus(layers: readonly RuleCacheConfig[]): ReadonlyMap<number, number> {
  if (layers.every((layer) => layer.ttlSeconds === undefined && layer.ttlByStatus === undefined)) return NO_TIMES;
  const times = new Map<number, number>();
  for (const layer of layers.toReversed()) {
    if (layer.ttlSeconds !== undefined) for (const status of SUCCESSFUL) times.set(status, layer.ttlSeconds);
    for (const [status, seconds] of byStatus(layer.ttlByStatus ?? {})) times.set(status, seconds);
  }
  return times;
}

/** A table by status and class, one entry for each status; a status beats its class. */
export function byStatus<T>(table: Readonly<Record<string, T>>): ReadonlyMap<number, T> {
  const flat = new Map<number, T>();
  const entries = Object.entries(table);
  for (const [key, value] of entries) {
    if (!key.endsWith("xx")) continue;
    const hundreds = Number(key[0]) * 100;
    for (let status = hundreds; status < hundreds + 100; status += 1) flat.set(status, value);
  }
  for (const [key, value] of entries) if (!key.endsWith("xx")) flat.set(Number(key), value);
  return flat;
}

function keyQueryOf(config: KeyQueryConfig): KeyQuery {
  if (config === "all" || config === "none") return { kind: config };
  const { allow, drop, sort = false } = config;
  if (allow !== undefined) return { kind: "allow", names: anyName(allow), sort };
  return drop === undefined && !sort ? { kind: "all" } : { kind: "drop", names: anyName(drop ?? []), sort };
}

/** The same text for the same key rules, however they were written; undefined parts are the defaults. */
function keyRulesOf(rules: {
  readonly keyQuery: KeyQueryConfig;
  readonly keyHeaders: readonly string[];
  readonly keyCookies: readonly string[];
  readonly keyDeviceClass: boolean;
  readonly keyCountry: boolean;
}): string {
  const { keyQuery, keyHeaders, keyCookies, keyDeviceClass, keyCountry } = rules;
  const query = typeof keyQuery === "string" ? keyQuery : queryRules(keyQuery);
  return JSON.stringify([query, keyHeaders, keyCookies, keyDeviceClass, keyCountry]);
}

function queryRules({ allow, drop, sort = false }: Exclude<KeyQueryConfig, string>): unknown {
  if (allow === undefined && drop === undefined && !sort) return "all";
  return [allow === undefined ? "drop" : "allow", sortedOnce(allow ?? drop ?? []), sort];
}

function sortedOnce(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
