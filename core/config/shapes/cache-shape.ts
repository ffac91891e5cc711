/** What `cache` may hold, in a site and in a rule. */
import type { RuleCacheConfig } from "../rule-types.ts";
import type { CacheConfig, KeyQueryList } from "../types.ts";
import { headerNameText, nameGlobText, plainNameText, statusText } from "./formats.ts";
import { either, type Keys, object, together } from "./object.ts";
import { choice, flag, list, map, number } from "./values.ts";

const YEAR_SECONDS = 31_536_000;
const ttl = number({ unit: "seconds", min: 0, max: YEAR_SECONDS, fraction: true });
const wholeSeconds = number({ unit: "seconds", min: 0, max: YEAR_SECONDS });
const parameterNames = list(nameGlobText("a parameter name"), { minItems: 1, maxItems: 100 });

const keyQueryList = object<KeyQueryList>(
  "a choice of parameters",
  {
    allow: {
      shape: parameterNames,
      about: "Only these parameters are part of the key and reach the origin. `*` stands for any characters.",
    },
    drop: {
      shape: parameterNames,
      about: "All parameters but these. For example `utm_*`, `fbclid`. Not together with `allow`.",
    },
    sort: {
      shape: flag,
      default: "false",
      about: "Whether `a=1&b=2` and `b=2&a=1` are the same. The origin gets them sorted too.",
    },
  },
  [
    together(["allow", "drop"], (value: KeyQueryList) =>
      value.allow !== undefined && value.drop !== undefined
        ? [{ at: "drop", message: "allow and drop do not go together", hint: "leave one of them out" }]
        : [],
    ),
  ],
);

const cacheKeys: Keys<CacheConfig> = {
  defaultTtlSeconds: {
    shape: ttl,
    about:
      "How long a response is fresh that says nothing about it itself. Without it, heuristic freshness (RFC 9111 §4.2.2) is all there is. It never makes a response storable that the origin forbade.",
  },
  ttlSeconds: {
    shape: ttl,
    about:
      "How long a successful response (200, 203, 204, 206, 300, 301, 308) is fresh, whatever it says itself. `private` and `no-store` are obeyed nevertheless. `ttlByStatus` wins where both speak.",
  },
  ttlByStatus: {
    shape: map(statusText, ttl, { minItems: 1, maxItems: 100 }),
    about:
      'How long responses with a status, or with a class such as `"4xx"`, are fresh, whatever they say themselves. A status wins over its class.',
  },
  keyQuery: {
    shape: either(choice("all", "none"), keyQueryList),
    default: '`"all"`',
    about:
      "Which query parameters tell two responses apart. Parameters that are not part of the key are not sent to the origin either: nobody can put something into a page that others get.",
  },
  keyHeaders: {
    shape: list(headerNameText, { maxItems: 16 }),
    default: "`[]`",
    about: "Request headers that tell two responses apart, besides what the response's `Vary` names.",
  },
  keyCookies: {
    shape: list(plainNameText("a cookie name"), { maxItems: 16 }),
    default: "`[]`",
    about: "Cookies whose values tell two responses apart.",
  },
  keyDeviceClass: {
    shape: flag,
    default: "false",
    about:
      "Whether phones, tablets and other devices get responses of their own. The origin is told which in `X-Antipode-Device` (`mobile`, `tablet`, `desktop`).",
  },
  keyCountry: {
    shape: flag,
    default: "false",
    about:
      "Whether each country gets responses of its own. The origin is told which one in `X-Antipode-Country` (ISO 3166-1; `XX`: unknown).",
  },
  bypassCookies: {
    shape: list(nameGlobText("a cookie name"), { maxItems: 100 }),
    default: "`[]`",
    about:
      "A request that has one of these cookies goes to the origin and its response is not stored. `*` stands for any characters: `wordpress_logged_in_*`.",
  },
  staleWhileRevalidateSeconds: {
    shape: wholeSeconds,
    default: "setting `defaultStaleWhileRevalidateSeconds`: 0",
    about:
      "How long after its end a response still answers while it is refreshed behind it, if it does not say itself (RFC 5861 §3).",
  },
  staleIfErrorSeconds: {
    shape: wholeSeconds,
    default: "setting `defaultStaleIfErrorSeconds`: 1 day",
    about:
      "How long after its end a response still answers when the origin fails, if it does not say itself (RFC 5861 §4).",
  },
  settleSeconds: {
    shape: number({ unit: "seconds", min: 0, max: 3600 }),
    default: "0",
    about:
      "How long the origin itself may go on giving the old answer after a purge (a cache of the CMS, a read replica). What is fetched within this time is fetched again at its end.",
  },
  storeSetCookie: {
    shape: flag,
    default: "false",
    about:
      "Whether a response with Set-Cookie may be stored; the header is removed from what is stored. Without it such a response is not stored (in profile `rfc9111`, by the response's own words).",
  },
};

/** `cache` of a site. */
export const cacheShape = object<CacheConfig>("cache settings", cacheKeys);

/** `cache` of a rule. */
export const ruleCacheShape = object<RuleCacheConfig>("cache settings", {
  mode: {
    shape: choice("cache", "bypass"),
    default: '`"cache"`',
    about:
      '`"bypass"` keeps these requests away from the cache altogether; `"cache"` in an earlier rule makes an exception from that.',
  },
  ...cacheKeys,
});
