/** What a site can have wrong, with the exact words for it. */
import { A_SITE, describeWrong, type WrongConfig, withSite } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  {
    wrong: "no hosts",
    config: { sites: { a: { origins: A_SITE.origins } } },
    says: ['sites.a: a site must have "hosts" [for example hosts: ["www.example.com"]]'],
  },
  {
    wrong: "misspelt hosts",
    config: { sites: { a: { host: ["a.example"], origins: A_SITE.origins } } },
    says: ['sites.a: a site must have "hosts"', 'sites.a.host: "host" is not a key of a site [did you mean hosts?]'],
  },
  {
    wrong: "hosts text",
    config: withSite({ hosts: "a.example" }),
    says: ['sites.a.hosts: expected a list, found "a.example" [write ["a.example"]]'],
  },
  {
    wrong: "hosts empty",
    config: withSite({ hosts: [] }),
    says: ["sites.a.hosts: the list is empty; at least one is needed"],
  },
  {
    wrong: "host URL",
    config: withSite({ hosts: ["https://a.example/shop"] }),
    says: ['sites.a.hosts[0]: expected a host name, found the URL "https://a.example/shop" [write a.example]'],
  },
  {
    wrong: "host path",
    config: withSite({ hosts: ["a.example/shop"] }),
    says: ['sites.a.hosts[0]: expected a host name, found "a.example/shop" [leave out the path]'],
  },
  { wrong: "host number", config: withSite({ hosts: [5] }), says: ["sites.a.hosts[0]: expected a host name, found 5"] },
  {
    wrong: "host wildcard middle",
    config: withSite({ hosts: ["www.*.example"] }),
    says: [
      'sites.a.hosts[0]: in "www.*.example" the wildcard stands in the wrong place ["*." may stand before a name without a port; "*" alone is every host]',
    ],
  },
  {
    wrong: "host wildcard bare",
    config: withSite({ hosts: ["*example"] }),
    says: [
      'sites.a.hosts[0]: in "*example" the wildcard stands in the wrong place ["*." may stand before a name without a port; "*" alone is every host]',
    ],
  },
  {
    wrong: "host umlaut",
    config: withSite({ hosts: ["bücher.example"] }),
    says: ['sites.a.hosts[0]: the host name "bücher.example" is not ASCII [write it in its xn-- form (RFC 5891)]'],
  },
  {
    wrong: "host space",
    config: withSite({ hosts: ["a b.example"] }),
    says: ['sites.a.hosts[0]: expected a host name such as www.example.com, found "a b.example"'],
  },
  {
    wrong: "host empty",
    config: withSite({ hosts: [""] }),
    says: ['sites.a.hosts[0]: expected a host name such as www.example.com, found ""'],
  },
  {
    wrong: "host twice",
    config: withSite({ hosts: ["a.example", "a.example"] }),
    says: ['sites.a.hosts[1]: "a.example" stands at sites.a.hosts[0] already; a host belongs to one site, once'],
  },
  {
    wrong: "host numeric",
    config: withSite({ hosts: ["2130706433"] }),
    says: ['sites.a.hosts[0]: expected a host name such as www.example.com, found "2130706433"'],
  },
  {
    wrong: "host long",
    config: withSite({ hosts: ["x".repeat(300)] }),
    says: ["sites.a.hosts[0]: expected a host name of at most 260 characters, found 300"],
  },
  {
    wrong: "hostHeader",
    config: withSite({ origin: { hostHeader: "https://o.example" } }),
    says: ['sites.a.origin.hostHeader: expected a host name such as www.example.com, found "https://o.example"'],
  },
  {
    wrong: "timeout",
    config: withSite({ origin: { timeouts: { connectMs: 5 } } }),
    says: ["sites.a.origin.timeouts.connectMs: expected a whole number of milliseconds from 50 to 60000, found 5"],
  },
  {
    wrong: "timeout key",
    config: withSite({ origin: { timeouts: { connect: 500 } } }),
    says: ['sites.a.origin.timeouts.connect: "connect" is not a key of time limits [did you mean connectMs?]'],
  },
  {
    wrong: "retries",
    config: withSite({ origin: { retries: 9 } }),
    says: ["sites.a.origin.retries: expected a whole number of attempts from 0 to 5, found 9"],
  },
  {
    wrong: "health relation",
    config: withSite({ origin: { healthCheck: { intervalMs: 1000, timeoutMs: 2000 } } }),
    says: ["sites.a.origin.healthCheck.timeoutMs: 2000 is above intervalMs, which is 1000"],
  },
  {
    wrong: "health path",
    config: withSite({ origin: { healthCheck: { path: "healthz" } } }),
    says: ['sites.a.origin.healthCheck.path: a path begins with "/", found "healthz" [write "/healthz"]'],
  },
  {
    wrong: "shield",
    config: withSite({ origin: { shield: "Frankfurt 1" } }),
    says: [
      'sites.a.origin.shield: "Frankfurt 1" is no good name; it has lower-case letters, digits and inner hyphens [for example "frankfurt-1"]',
    ],
  },
  {
    wrong: "forwardHeaders",
    config: withSite({ origin: { forwardHeaders: ["Accept:"] } }),
    says: ['sites.a.origin.forwardHeaders[0]: "Accept:" is not a header name [write it without the colon]'],
  },
  {
    wrong: "profile",
    config: withSite({ profile: "save" }),
    says: ['sites.a.profile: expected "safe" or "rfc9111", found "save" [did you mean safe?]'],
  },
  {
    wrong: "preset",
    config: withSite({ preset: "word-press" }),
    says: [
      'sites.a.preset: expected "static-site", "wordpress", "api" or "media", found "word-press" [did you mean wordpress?]',
    ],
  },
  {
    wrong: "whenUnconfirmed",
    config: withSite({ whenUnconfirmed: "ignore" }),
    says: ['sites.a.whenUnconfirmed: expected "serve", "revalidate" or "refuse", found "ignore"'],
  },
  {
    wrong: "edgeHosts",
    config: withSite({ edgeHosts: "www.example.com" }),
    says: [
      'sites.a.edgeHosts: expected a host name with {edge} in its first label, found "www.example.com" [for example {edge}.www.example.com]',
    ],
  },
  {
    wrong: "edgeHosts place",
    config: withSite({ edgeHosts: "www.{edge}.example.com" }),
    says: [
      'sites.a.edgeHosts: expected a host name with {edge} in its first label, found "www.{edge}.example.com" [for example {edge}.www.example.com]',
    ],
  },
  {
    wrong: "body",
    config: withSite({ maxRequestBodyBytes: -1 }),
    says: ["sites.a.maxRequestBodyBytes: expected a whole number of bytes from 0 to 1073741824, found -1"],
  },
  {
    wrong: "misplaced ttl",
    config: withSite({ defaultTtlSeconds: 5 }),
    says: ['sites.a.defaultTtlSeconds: "defaultTtlSeconds" is not a key of a site [it belongs in "cache"]'],
  },
];

describeWrong("a site can have wrong", WRONG);
