/** What a site makes of a request: the rules in force, the request as they have it, and its key. */
import { type CacheKey, cacheKey, keyId } from "../core/cache/key.ts";
import { keptTarget } from "../core/config/filter-query.ts";
import type { EffectiveRules } from "../core/config/policy.ts";
import { rewrittenTarget } from "../core/config/rule-actions.ts";
import type { RequestHead } from "../core/http/fields.ts";
import { countryCode } from "../core/net/country.ts";
import type { Incoming } from "../core/ports.ts";
import type { Edge, EdgeSite } from "./edge.ts";

/** A request in the eyes of a site. */
export interface Resolved {
  readonly effective: EffectiveRules;
  readonly request: RequestHead;
  /** The client's country, where the key holds it. */
  readonly country: string | undefined;
  readonly key: string;
}

/** Who asks, for what of them may be part of a key. */
export interface Asker {
  readonly edge: Pick<Edge<never>, "countryOf">;
  readonly incoming: Pick<Incoming<never>, "country">;
  readonly clientAddress: string;
}

/** Finds the rules of a request and applies those that are about its target and its key. */
export function resolve(site: EdgeSite, head: RequestHead, asker: Asker): Resolved {
  const { effective, request, country, key } = resolveParts(site, head, asker);
  return { effective, request, country, key: keyId(key) };
}

/** The same with the key in its parts, for its owner to see. */
export function resolveParts(
  site: EdgeSite,
  head: RequestHead,
  asker: Asker,
): Omit<Resolved, "key"> & { readonly key: CacheKey } {
  const effective = site.rulesFor(head);
  const rules = effective.cache;
  const path = effective.rewrite === undefined ? head.target : rewrittenTarget(effective.rewrite, head);
  const target = keptTarget(path, rules.keyQuery);
  const request = target === head.target ? head : { ...head, target };
  const country = rules.keyCountry ? countryOf(asker) : undefined;
  return { effective, request, country, key: cacheKey(site.name, request, rules, country) };
}

function countryOf({ edge, incoming, clientAddress }: Asker): string {
  return countryCode(incoming.country ?? edge.countryOf?.(clientAddress));
}
