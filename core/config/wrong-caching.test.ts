/** What cache settings can have wrong, with the exact words for it. */
import { describeWrong, type WrongConfig, withSite } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  {
    wrong: "ttl text",
    config: withSite({ cache: { defaultTtlSeconds: "60" } }),
    says: [
      'sites.a.cache.defaultTtlSeconds: expected a number of seconds from 0 to 31536000, found "60" [write it without quotes: 60]',
    ],
  },
  {
    wrong: "ttl words",
    config: withSite({ cache: { defaultTtlSeconds: "1m" } }),
    says: ['sites.a.cache.defaultTtlSeconds: expected a number of seconds from 0 to 31536000, found "1m"'],
  },
  {
    wrong: "ttl negative",
    config: withSite({ cache: { defaultTtlSeconds: -1 } }),
    says: ["sites.a.cache.defaultTtlSeconds: expected a number of seconds from 0 to 31536000, found -1"],
  },
  {
    wrong: "ttl NaN",
    config: withSite({ cache: { defaultTtlSeconds: Number.NaN } }),
    says: ["sites.a.cache.defaultTtlSeconds: expected a number of seconds from 0 to 31536000, found NaN"],
  },
  {
    wrong: "unit",
    config: withSite({ cache: { defaultTtl: 60 } }),
    says: ['sites.a.cache.defaultTtl: "defaultTtl" is not a key of cache settings [did you mean defaultTtlSeconds?]'],
  },
  {
    wrong: "status",
    config: withSite({ cache: { ttlByStatus: { "4xy": 5 } } }),
    says: ['sites.a.cache.ttlByStatus["4xy"]: expected a status from 200 to 599 or a class such as "5xx", found "4xy"'],
  },
  {
    wrong: "status 1xx",
    config: withSite({ cache: { ttlByStatus: { "100": 5 } } }),
    says: ['sites.a.cache.ttlByStatus["100"]: expected a status from 200 to 599 or a class such as "5xx", found "100"'],
  },
  {
    wrong: "status empty",
    config: withSite({ cache: { ttlByStatus: {} } }),
    says: ["sites.a.cache.ttlByStatus: it is empty; at least one is needed"],
  },
  {
    wrong: "keyQuery word",
    config: withSite({ cache: { keyQuery: "nothing" } }),
    says: ['sites.a.cache.keyQuery: expected "all" or "none", found "nothing"'],
  },
  {
    wrong: "keyQuery list",
    config: withSite({ cache: { keyQuery: ["a"] } }),
    says: ['sites.a.cache.keyQuery: expected "all" or "none" or a choice of parameters, found a list'],
  },
  {
    wrong: "keyQuery both",
    config: withSite({ cache: { keyQuery: { allow: ["a"], drop: ["b"] } } }),
    says: ["sites.a.cache.keyQuery.drop: allow and drop do not go together [leave one of them out]"],
  },
  {
    wrong: "keyQuery name",
    config: withSite({ cache: { keyQuery: { allow: ["a=b"] } } }),
    says: ['sites.a.cache.keyQuery.allow[0]: "a=b" is not a parameter name'],
  },
  {
    wrong: "keyHeaders",
    config: withSite({ cache: { keyHeaders: ["Accept Language"] } }),
    says: ['sites.a.cache.keyHeaders[0]: "Accept Language" is not a header name'],
  },
  {
    wrong: "keyCookies wild",
    config: withSite({ cache: { keyCookies: ["s_*"] } }),
    says: ['sites.a.cache.keyCookies[0]: "s_*" has a wildcard; here each cookie is named'],
  },
  {
    wrong: "cookie empty",
    config: withSite({ cache: { bypassCookies: [""] } }),
    says: ["sites.a.cache.bypassCookies[0]: expected a cookie name, found an empty text"],
  },
  {
    wrong: "mode in site",
    config: withSite({ cache: { mode: "bypass" } }),
    says: [
      'sites.a.cache.mode: "mode" is not a key of cache settings [only rules have it: rules: [{ match: {}, cache: { mode: … } }]]',
    ],
  },
];

describeWrong("cache settings can have wrong", WRONG);
