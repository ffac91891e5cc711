/** What a site decides about caching, as the cache functions need it: the resolved rules for one request. */
import type { Profile } from "../config/types.ts";

/** Rules in force for one request. All times in seconds, fractions allowed. */
export interface CacheRules {
  readonly profile: Profile;
  /** Freshness for responses that give none of their own. */
  readonly defaultTtlSeconds: number | undefined;
  /** Freshness by status; wins over what the response says. */
  readonly ttlSecondsByStatus: ReadonlyMap<number, number>;
  /** Stale windows for responses that give none of their own. */
  readonly staleWhileRevalidateSeconds: number;
  readonly staleIfErrorSeconds: number;
  /** Store a response with Set-Cookie (the field itself is not stored). */
  readonly storeSetCookie: boolean;
}

/** The rules of a site that says nothing. */
export const DEFAULT_CACHE_RULES: CacheRules = {
  profile: "safe",
  defaultTtlSeconds: undefined,
  ttlSecondsByStatus: new Map(),
  staleWhileRevalidateSeconds: 0,
  staleIfErrorSeconds: 86_400,
  storeSetCookie: false,
};
