/** What origins can have wrong, with the exact words for it. */
import { describeWrong, type WrongConfig, withSite } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  {
    wrong: "origins empty",
    config: withSite({ origins: [] }),
    says: ["sites.a.origins: the list is empty; at least one is needed"],
  },
  {
    wrong: "origins text",
    config: withSite({ origins: ["https://o.example"] }),
    says: ['sites.a.origins[0]: expected an origin, found "https://o.example" [write { url: "https://o.example" }]'],
  },
  {
    wrong: "origin no url",
    config: withSite({ origins: [{}] }),
    says: ['sites.a.origins[0]: an origin must have "url" [for example url: "https://origin.example.com"]'],
  },
  {
    wrong: "origin no scheme",
    config: withSite({ origins: [{ url: "o.example" }] }),
    says: [
      'sites.a.origins[0].url: expected a URL such as https://origin.example.com, found "o.example" [write https://o.example or http://o.example]',
    ],
  },
  {
    wrong: "origin ftp",
    config: withSite({ origins: [{ url: "ftp://o.example" }] }),
    says: ['sites.a.origins[0].url: expected a URL with http:// or https://, found "ftp://o.example"'],
  },
  {
    wrong: "origin path",
    config: withSite({ origins: [{ url: "https://o.example/shop" }] }),
    says: [
      'sites.a.origins[0].url: an origin has no path, query or fragment, found "/shop" [write only scheme, host and port; a rule with rewrite puts a path in front]',
    ],
  },
  {
    wrong: "origin query",
    config: withSite({ origins: [{ url: "https://o.example?x=1" }] }),
    says: [
      'sites.a.origins[0].url: an origin has no path, query or fragment, found "?x=1" [write only scheme, host and port; a rule with rewrite puts a path in front]',
    ],
  },
  {
    wrong: "origin password",
    config: withSite({ origins: [{ url: "https://u:p@o.example" }] }),
    says: [
      "sites.a.origins[0].url: the URL carries a user name or password [write it without; send credentials with requestHeaders]",
    ],
  },
  {
    wrong: "origin no host",
    config: withSite({ origins: [{ url: "https://" }] }),
    says: ['sites.a.origins[0].url: the URL "https://" has no host'],
  },
  {
    wrong: "origin port",
    config: withSite({ origins: [{ url: "https://o.example:99999" }] }),
    says: ['sites.a.origins[0].url: "o.example:99999" is not a host name or address with an optional port'],
  },
  {
    wrong: "origin loopback",
    config: withSite({ origins: [{ url: "http://127.0.0.1:3000" }] }),
    says: [
      "sites.a.origins[0].url: 127.0.0.1 is a loopback address [an administrator may set origin.allowPrivate: true]",
    ],
  },
  {
    wrong: "origin private",
    config: withSite({ origins: [{ url: "http://10.0.0.5" }] }),
    says: [
      "sites.a.origins[0].url: 10.0.0.5 is a private address [an administrator may set origin.allowPrivate: true]",
    ],
  },
  {
    wrong: "origin metadata",
    config: withSite({ origins: [{ url: "http://169.254.169.254" }] }),
    says: [
      "sites.a.origins[0].url: 169.254.169.254 is a link-local address [an administrator may set origin.allowPrivate: true]",
    ],
  },
  {
    wrong: "origin v6",
    config: withSite({ origins: [{ url: "http://[::ffff:127.0.0.1]" }] }),
    says: [
      "sites.a.origins[0].url: ::ffff:7f00:1 is a loopback address [an administrator may set origin.allowPrivate: true]",
    ],
  },
  {
    wrong: "origin localhost",
    config: withSite({ origins: [{ url: "http://localhost:3000" }] }),
    says: ["sites.a.origins[0].url: localhost is a loopback name [an administrator may set origin.allowPrivate: true]"],
  },
  {
    wrong: "origin decimal",
    config: withSite({ origins: [{ url: "http://2130706433" }] }),
    says: ['sites.a.origins[0].url: "2130706433" is not a host name or address with an optional port'],
  },
  {
    wrong: "origin hex",
    config: withSite({ origins: [{ url: "http://0x7f.0.0.1" }] }),
    says: ['sites.a.origins[0].url: "0x7f.0.0.1" is not a host name or address with an optional port'],
  },
  {
    wrong: "origin backslash",
    config: withSite({ origins: [{ url: "https://o.example\\@10.0.0.1" }] }),
    says: [
      'sites.a.origins[0].url: an origin has no path, query or fragment, found "\\\\@10.0.0.1" [write only scheme, host and port; a rule with rewrite puts a path in front]',
    ],
  },
  {
    wrong: "origin umlaut",
    config: withSite({ origins: [{ url: "https://bücher.example" }] }),
    says: ['sites.a.origins[0].url: the host "bücher.example" is not ASCII [write it in its xn-- form (RFC 5891)]'],
  },
  {
    wrong: "weight",
    config: withSite({ origins: [{ url: "https://o.example", weight: 0 }] }),
    says: ["sites.a.origins[0].weight: expected a whole number from 1 to 1000, found 0"],
  },
  {
    wrong: "weight fraction",
    config: withSite({ origins: [{ url: "https://o.example", weight: 1.5 }] }),
    says: ["sites.a.origins[0].weight: expected a whole number from 1 to 1000, found 1.5"],
  },
  {
    wrong: "backup text",
    config: withSite({ origins: [{ url: "https://o.example", backup: "yes" }] }),
    says: ['sites.a.origins[0].backup: expected true or false, found "yes"'],
  },
  {
    wrong: "all backup",
    config: withSite({ origins: [{ url: "https://o.example", backup: true }] }),
    says: ["sites.a.origins: all origins are backups; at least one must not be"],
  },
];

describeWrong("origins can have wrong", WRONG);
