/** The cache key: a tuple that can be shown part by part, and its one-string form that cannot collide. */
import type { RequestHead } from "../http/fields.ts";

/** The parts of a key, in order. */
export interface CacheKey {
  readonly site: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** Path and query, exact bytes: nothing is decoded. */
  readonly target: string;
}

/** The key of a request for a site. */
export function cacheKey(site: string, request: RequestHead): CacheKey {
  return { site, scheme: request.scheme, authority: request.authority, target: request.target };
}

/** One string for a map. Every part but the last carries its length, so no two different tuples give the same string. */
export function keyId(key: CacheKey): string {
  return `${key.site.length}:${key.site}${key.scheme.length}:${key.scheme}${key.authority.length}:${key.authority}${key.target}`;
}
