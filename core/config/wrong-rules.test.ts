/** What a rule can have wrong, with the exact words for it. */
import { describeWrong, type WrongConfig, withRule, withSite } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  { wrong: "list", config: withSite({ rules: {} }), says: ["sites.a.rules: expected a list, found an object"] },
  {
    wrong: "no match",
    config: withSite({ rules: [{}] }),
    says: [
      'sites.a.rules[0]: a rule must have "match" [for example match: { paths: ["/images/**"] }; match: {} is every request]',
    ],
  },
  {
    wrong: "misspelt",
    config: withSite({ rules: [{ math: {} }] }),
    says: [
      'sites.a.rules[0]: a rule must have "match"',
      'sites.a.rules[0].math: "math" is not a key of a rule [did you mean match?]',
    ],
  },
  {
    wrong: "path",
    config: withRule({ match: { paths: ["images/*"] } }),
    says: ['sites.a.rules[0].match.paths[0]: a path begins with "/", found "images/*" [write "/images/*"]'],
  },
  {
    wrong: "path star",
    config: withRule({ match: { paths: ["*.css"] } }),
    says: [
      'sites.a.rules[0].match.paths[0]: a path begins with "/", so "*.css" never matches [write "**.css": "*" ends at "/", "**" does not]',
    ],
  },
  {
    wrong: "path URL",
    config: withRule({ match: { paths: ["https://a.example/x"] } }),
    says: [
      'sites.a.rules[0].match.paths[0]: expected a path, found the URL "https://a.example/x" [hosts have their own key, "hosts"]',
    ],
  },
  {
    wrong: "path query",
    config: withRule({ match: { paths: ["/x?page=1"] } }),
    says: [
      'sites.a.rules[0].match.paths[0]: a path has no query, found "/x?page=1" [parameters have their own key, "query"]',
    ],
  },
  {
    wrong: "path regex",
    config: withRule({ match: { paths: ["^/x/.*$"] } }),
    says: [
      'sites.a.rules[0].match.paths[0]: expected a glob, found what looks like a regular expression: "^/x/.*$" ["*" is any characters of one segment, "**" any characters; escape nothing]',
    ],
  },
  {
    wrong: "path space",
    config: withRule({ match: { paths: ["/a b"] } }),
    says: [
      'sites.a.rules[0].match.paths[0]: "/a b" has characters that no path of a request has [write them %-encoded]',
    ],
  },
  {
    wrong: "path long",
    config: withRule({ match: { paths: [`/${"x".repeat(300)}`] } }),
    says: ["sites.a.rules[0].match.paths[0]: expected a path of at most 256 characters, found 301"],
  },
  {
    wrong: "path text",
    config: withRule({ match: { paths: "/x" } }),
    says: ['sites.a.rules[0].match.paths: expected a list, found "/x" [write ["/x"]]'],
  },
  {
    wrong: "paths empty",
    config: withRule({ match: { paths: [] } }),
    says: ["sites.a.rules[0].match.paths: the list is empty; at least one is needed"],
  },
  {
    wrong: "method",
    config: withRule({ match: { methods: ["get"] } }),
    says: ['sites.a.rules[0].match.methods[0]: methods are written in capitals, found "get" [write GET]'],
  },
  {
    wrong: "method trace",
    config: withRule({ match: { methods: ["TRACE"] } }),
    says: ["sites.a.rules[0].match.methods[0]: TRACE is refused before any rule is looked at"],
  },
  {
    wrong: "host",
    config: withRule({ match: { hosts: ["http://x"] } }),
    says: ['sites.a.rules[0].match.hosts[0]: expected a host name, found the URL "http://x" [write x]'],
  },
  {
    wrong: "header name",
    config: withRule({ match: { headers: { "X Y": "1" } } }),
    says: ['sites.a.rules[0].match.headers["X Y"]: "X Y" is not a header name'],
  },
  {
    wrong: "condition none",
    config: withRule({ match: { headers: { "X-Y": {} } } }),
    says: [
      "sites.a.rules[0].match.headers.X-Y: a condition has exactly one of equals, prefix, contains, glob and present",
    ],
  },
  {
    wrong: "condition two",
    config: withRule({ match: { headers: { "X-Y": { equals: "a", prefix: "b" } } } }),
    says: [
      "sites.a.rules[0].match.headers.X-Y: a condition has exactly one of equals, prefix, contains, glob and present",
    ],
  },
  {
    wrong: "condition number",
    config: withRule({ match: { query: { page: 1 } } }),
    says: ["sites.a.rules[0].match.query.page: expected a text or a condition, found 1"],
  },
  {
    wrong: "condition regex",
    config: withRule({ match: { cookies: { a: { regex: "x" } } } }),
    says: [
      'sites.a.rules[0].match.cookies.a.regex: "regex" is not a key of a condition [the keys are equals, prefix, contains, glob, present]',
    ],
  },
  {
    wrong: "mode",
    config: withRule({ cache: { mode: "byass" } }),
    says: ['sites.a.rules[0].cache.mode: expected "cache" or "bypass", found "byass" [did you mean bypass?]'],
  },
  {
    wrong: "cache word",
    config: withRule({ cache: "bypass" }),
    says: ['sites.a.rules[0].cache: expected cache settings, found "bypass" [write { mode: "bypass" }]'],
  },
];

describeWrong("a rule can have wrong", WRONG);
