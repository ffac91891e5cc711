/** Ready-made cache settings and rules for common kinds of sites. What a site says itself comes first. */
import type { RuleConfig } from "./rule-types.ts";
import type { CacheConfig, PresetName } from "./types.ts";

/** What a preset adds: `cache` below the site's own keys, `rules` after the site's own rules. */
export interface Preset {
  /** For the documentation. */
  readonly about: string;
  readonly cache: CacheConfig;
  readonly rules: readonly RuleConfig[];
}

/** Parameters that analytics and advertising add to links; servers do not look at them. */
const TRACKING_PARAMETERS = ["utm_*", "fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "_ga", "_gl"];

/** The presets by name. */
export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  "static-site": {
    about:
      "Pages and files that are the same for everybody. Responses that say nothing are fresh for 5 minutes; stale ones answer for an hour while they are refreshed and a week while the origin fails. Parameters of trackers are dropped.",
    cache: {
      defaultTtlSeconds: 300,
      ttlByStatus: { "404": 10 },
      keyQuery: { drop: TRACKING_PARAMETERS },
      staleWhileRevalidateSeconds: 3600,
      staleIfErrorSeconds: 604_800,
    },
    rules: [],
  },
  wordpress: {
    about:
      "WordPress as it comes: pages are kept for a minute and refreshed behind the visitor, those who are logged in, have commented or entered a page's password go to the origin, and so do the login and the administration.",
    cache: {
      defaultTtlSeconds: 60,
      keyQuery: { drop: TRACKING_PARAMETERS },
      bypassCookies: ["wordpress_logged_in_*", "wordpress_sec_*", "wp-postpass_*", "comment_author_*", "woocommerce_*"],
      staleWhileRevalidateSeconds: 600,
      staleIfErrorSeconds: 86_400,
    },
    rules: [
      {
        name: "wordpress: login and administration",
        match: { paths: ["/wp-admin/**", "/wp-login.php", "/wp-cron.php", "/xmlrpc.php", "/wp-json/**"] },
        cache: { mode: "bypass" },
      },
    ],
  },
  api: {
    about:
      "Only what the origin explicitly allows is stored; parameters are sorted; nothing stale answers except for ten minutes while the origin fails.",
    cache: { keyQuery: { drop: TRACKING_PARAMETERS, sort: true }, staleIfErrorSeconds: 600 },
    rules: [],
  },
  media: {
    about:
      "Large files under names that do not change their content: fresh for 30 days when they say nothing, parameters are no part of the key.",
    cache: {
      defaultTtlSeconds: 2_592_000,
      ttlByStatus: { "404": 10 },
      keyQuery: "none",
      staleWhileRevalidateSeconds: 86_400,
      staleIfErrorSeconds: 2_592_000,
    },
    rules: [],
  },
};
