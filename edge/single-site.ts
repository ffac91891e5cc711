/** The one site of an edge that stands alone in front of one origin: any Host is its own (`antipode edge --origin`). */
import { type CacheRules, DEFAULT_CACHE_RULES } from "../core/cache/rules.ts";
import type { Profile } from "../core/config/types.ts";
import type { Target, UpstreamTimeouts } from "../core/ports.ts";
import type { EdgeSite } from "./edge.ts";

/** A site made of flags. */
export function singleSite(options: {
  readonly origin: Target;
  readonly profile: Profile;
  readonly timeouts: UpstreamTimeouts;
}): EdgeSite {
  const rules: CacheRules = { ...DEFAULT_CACHE_RULES, profile: options.profile };
  return {
    name: "origin",
    origins: [{ target: options.origin, weight: 1, backup: false }],
    hostHeader: undefined,
    // Whoever names an origin on the command line means that address.
    allowPrivate: true,
    timeouts: options.timeouts,
    rulesFor: () => rules,
  };
}
