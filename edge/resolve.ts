/** What a site makes of a request: the rules in force, the request as they have it, and its key. */
import { cacheKey, keyId } from "../core/cache/key.ts";
import { keptTarget } from "../core/config/filter-query.ts";
import type { EffectiveRules } from "../core/config/policy.ts";
import { rewrittenTarget } from "../core/config/rule-actions.ts";
import type { RequestHead } from "../core/http/fields.ts";
import type { EdgeSite } from "./edge.ts";

/** A request in the eyes of a site. */
export interface Resolved {
  readonly effective: EffectiveRules;
  readonly request: RequestHead;
  readonly key: string;
}

/** Finds the rules of a request and applies those that are about its target and its key. */
export function resolve(site: EdgeSite, head: RequestHead): Resolved {
  const effective = site.rulesFor(head);
  const rules = effective.cache;
  const path = effective.rewrite === undefined ? head.target : rewrittenTarget(effective.rewrite, head);
  const target = keptTarget(path, rules.keyQuery);
  const request = target === head.target ? head : { ...head, target };
  return { effective, request, key: keyId(cacheKey(site.name, request, rules)) };
}
