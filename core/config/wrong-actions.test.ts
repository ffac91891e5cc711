/** What the actions of a rule can have wrong, with the exact words for it. */
import { describeWrong, type WrongConfig, withRule, withSite } from "../../test/config/wrong-config.ts";

const WRONG: readonly WrongConfig[] = [
  {
    wrong: "header untouchable",
    config: withRule({ responseHeaders: { set: { "Content-Length": "5" } } }),
    says: [
      "sites.a.rules[0].responseHeaders.set.Content-Length: Content-Length belongs to the connection or to the CDN; rules cannot change it",
    ],
  },
  {
    wrong: "header host",
    config: withRule({ requestHeaders: { set: { Host: "x" } } }),
    says: [
      "sites.a.rules[0].requestHeaders.set.Host: Host belongs to the connection or to the CDN; rules cannot change it [the Host that origins see is origin.hostHeader]",
    ],
  },
  {
    wrong: "header twice",
    config: withRule({ responseHeaders: { set: { "X-A": "1" }, remove: ["x-a"] } }),
    says: ["sites.a.rules[0].responseHeaders.remove[0]: x-a is changed twice; the other place is set.X-A"],
  },
  {
    wrong: "header split",
    config: withRule({ responseHeaders: { set: { "X-A": "1\r\nSet-Cookie: a=b" } } }),
    says: [
      "sites.a.rules[0].responseHeaders.set.X-A: the value has a line break or a character that no header may have",
    ],
  },
  {
    wrong: "header internal",
    config: withRule({ requestHeaders: { set: { "X-Antipode-Token": "1" } } }),
    says: [
      "sites.a.rules[0].requestHeaders.set.X-Antipode-Token: X-Antipode-Token belongs to the connection or to the CDN; rules cannot change it",
    ],
  },
  {
    wrong: "redirect none",
    config: withRule({ redirect: {} }),
    says: ['sites.a.rules[0].redirect: a redirect must have "to" [for example to: "https://www.example.com/$1"]'],
  },
  {
    wrong: "redirect status",
    config: withRule({ redirect: { to: "/y", status: 305 } }),
    says: ["sites.a.rules[0].redirect.status: expected 301, 302, 303, 307 or 308, found 305"],
  },
  {
    wrong: "redirect relative",
    config: withRule({ redirect: { to: "y" } }),
    says: ['sites.a.rules[0].redirect.to: expected a path or a URL with http:// or https://, found "y"'],
  },
  {
    wrong: "redirect scheme",
    config: withRule({ redirect: { to: "//evil.example" } }),
    says: ['sites.a.rules[0].redirect.to: expected a path or a URL with http:// or https://, found "//evil.example"'],
  },
  {
    wrong: "redirect js",
    config: withRule({ redirect: { to: "javascript://x" } }),
    says: ['sites.a.rules[0].redirect.to: expected a path or a URL with http:// or https://, found "javascript://x"'],
  },
  {
    wrong: "redirect host capture",
    config: withRule({ redirect: { to: "https://$1.example/" } }),
    says: [
      'sites.a.rules[0].redirect.to: the host of "https://$1.example/" would come from the request: anyone could redirect anywhere [write the host out; one rule for each host]',
    ],
  },
  {
    wrong: "redirect split",
    config: withRule({ redirect: { to: "/y\r\nX: 1" } }),
    says: ['sites.a.rules[0].redirect.to: "/y\\r\\nX: 1" has characters that no URL has [write them %-encoded]'],
  },
  {
    wrong: "redirect capture",
    config: withRule({ redirect: { to: "/y/$2" } }),
    says: [
      'sites.a.rules[0].redirect.to: $2 stands for nothing: "/x/*" has fewer wildcards [each $n stands for the n-th * or ** of match.paths]',
    ],
  },
  {
    wrong: "redirect no paths",
    config: withSite({ rules: [{ match: {}, redirect: { to: "/$1" } }] }),
    says: [
      "sites.a.rules[0].redirect.to: $1 stands for nothing: match has no paths [each $n stands for the n-th * or ** of match.paths]",
    ],
  },
  {
    wrong: "rewrite query",
    config: withRule({ rewrite: { path: "/y?x=1" } }),
    says: ["sites.a.rules[0].rewrite.path: a rewritten path has no query; that of the request stays"],
  },
  {
    wrong: "rewrite relative",
    config: withRule({ rewrite: { path: "y" } }),
    says: ['sites.a.rules[0].rewrite.path: expected a path that begins with one "/", found "y"'],
  },
  {
    wrong: "cors none",
    config: withRule({ cors: {} }),
    says: [
      'sites.a.rules[0].cors: CORS answers must have "origins" [for example origins: ["https://app.example.com"]]',
    ],
  },
  {
    wrong: "cors star credentials",
    config: withRule({ cors: { origins: ["*"], credentials: true } }),
    says: [
      'sites.a.rules[0].cors.credentials: with credentials, origins cannot be "*": every site could read with the cookies of your users [list the origins]',
    ],
  },
  {
    wrong: "cors slash",
    config: withRule({ cors: { origins: ["https://app.example/"] } }),
    says: [
      'sites.a.rules[0].cors.origins[0]: expected an origin such as https://app.example.com, found "https://app.example/" [leave out the slash at the end]',
    ],
  },
  {
    wrong: "cors host",
    config: withRule({ cors: { origins: ["app.example"] } }),
    says: ['sites.a.rules[0].cors.origins[0]: expected an origin such as https://app.example.com, found "app.example"'],
  },
  {
    wrong: "cors null",
    config: withRule({ cors: { origins: ["null"] } }),
    says: [
      'sites.a.rules[0].cors.origins[0]: "null" is the origin of every sandboxed page; it cannot be told from others',
    ],
  },
  {
    wrong: "cors any host",
    config: withRule({ cors: { origins: ["https://*"] } }),
    says: ['sites.a.rules[0].cors.origins[0]: "https://*" is every origin of the scheme [write "*" or name the hosts]'],
  },
  {
    wrong: "error page status",
    config: withRule({ errorPages: { "200": { body: "x" } } }),
    says: [
      'sites.a.rules[0].errorPages["200"]: expected a status from 400 to 599 or a class such as "5xx", found "200"',
    ],
  },
  {
    wrong: "error page text",
    config: withRule({ errorPages: { "5xx": "x" } }),
    says: ['sites.a.rules[0].errorPages["5xx"]: expected a page, found "x" [write { body: "x" }]'],
  },
  {
    wrong: "maintenance word",
    config: withRule({ maintenance: "yes" }),
    says: ['sites.a.rules[0].maintenance: expected true or false or a maintenance page, found "yes"'],
  },
  {
    wrong: "maintenance address",
    config: withRule({ maintenance: { exceptAddresses: ["10.0.0.0/33"] } }),
    says: [
      'sites.a.rules[0].maintenance.exceptAddresses[0]: expected an IP address or a range such as 192.0.2.0/24, found "10.0.0.0/33"',
    ],
  },
  {
    wrong: "development none",
    config: withRule({ development: {} }),
    says: ["sites.a.rules[0].development: development mode has exactly one of until and hours"],
  },
  {
    wrong: "development both",
    config: withRule({ development: { hours: 1, until: "2026-11-24T18:00:00Z" } }),
    says: ["sites.a.rules[0].development: development mode has exactly one of until and hours"],
  },
  {
    wrong: "development time",
    config: withRule({ development: { until: "tomorrow" } }),
    says: ['sites.a.rules[0].development.until: expected a time such as "2026-11-24T18:00:00Z", found "tomorrow"'],
  },
  {
    wrong: "development date",
    config: withRule({ development: { until: "2026-02-30T18:00:00Z" } }),
    says: [
      'sites.a.rules[0].development.until: expected a time such as "2026-11-24T18:00:00Z", found "2026-02-30T18:00:00Z"',
    ],
  },
  {
    wrong: "development hours",
    config: withRule({ development: { hours: 1000 } }),
    says: ["sites.a.rules[0].development.hours: expected a number of hours from 0.1 to 168, found 1000"],
  },
];

describeWrong("the actions of a rule can have wrong", WRONG);
