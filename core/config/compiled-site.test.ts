/** What holds for a request: which rules are about it, and what each thing is taken from. */
import { describe, expect, it } from "vitest";
import { A_SITE } from "../../test/config/wrong-config.ts";
import type { Fields, RequestHead } from "../http/fields.ts";
import { compileConfig, compileSite } from "./compile-config.ts";
import { type CompiledSite, matchRules, REMEMBERED_SETS_MAX } from "./compiled-site.ts";
import { isBypassed } from "./rule-actions.ts";

const HOUR_MS = 3_600_000;

function site(keys: object): CompiledSite {
  const compiled = compileSite({ ...A_SITE, ...keys }, { name: "a", appliedAtMs: 1000 });
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  return compiled.site;
}

function get(target: string, fields: Fields = [], other: Partial<RequestHead> = {}): RequestHead {
  return { method: "GET", scheme: "https", authority: "a.example", target, fields, ...other };
}

/** Names of the rules that match. */
function matched(match: object, request: RequestHead): boolean {
  return site({ rules: [{ name: "it", match }] })
    .rulesFor(request)
    .matched.includes("it");
}

describe("a match", () => {
  it.each<[string, object, RequestHead, boolean]>([
    ["nothing is every request", {}, get("/"), true],
    ["a path", { paths: ["/a", "/b/*"] }, get("/b/c?x=1"), true],
    ["another path", { paths: ["/a", "/b/*"] }, get("/c"), false],
    ["a path of another case", { paths: ["/a"] }, get("/A"), false],
    ["an excluded path", { paths: ["/a/**"], notPaths: ["/a/b/**"] }, get("/a/b/c"), false],
    ["a path beside the excluded one", { paths: ["/a/**"], notPaths: ["/a/b/**"] }, get("/a/c"), true],
    ["a letter that is encoded without need", { paths: ["/admin/**"] }, get("/%61dmin/x"), true],
    ["an encoded slash is no slash", { paths: ["/a/b"] }, get("/a%2fb"), false],
    ["dots that lead elsewhere", { paths: ["/admin/**"] }, get("/static/../admin/x"), true],
    ["encoded dots that lead elsewhere", { paths: ["/admin/**"] }, get("/static/%2E%2e/admin/x"), true],
    ["dots behind an encoded slash", { paths: ["/admin/**"] }, get("/static/..%2fadmin/x"), true],
    ["dots with a path parameter", { paths: ["/admin/**"] }, get("/static/..;v=1/admin/x"), true],
    ["dots behind a slash encoded twice", { paths: ["/admin/**"] }, get("/static/..%252fadmin/x"), true],
    ["dots with an encoded one", { paths: ["/admin/**"] }, get("/static/..%3bv/admin/x"), true],
    ["a folder left by dots", { paths: ["/static/**"] }, get("/static/../admin/x"), false],
    ["a method", { methods: ["GET", "HEAD"] }, get("/"), true],
    ["another method", { methods: ["POST"] }, get("/"), false],
    ["a host", { hosts: ["a.example"] }, get("/"), true],
    ["a host whatever its port", { hosts: ["a.example"] }, get("/", [], { authority: "a.example:8443" }), true],
    ["a host with its port", { hosts: ["a.example:8443"] }, get("/"), false],
    ["a host below a wildcard", { hosts: ["*.example"] }, get("/"), true],
    ["a host not below a wildcard", { hosts: ["*.a.example"] }, get("/"), false],
    ["a header by equality", { headers: { "X-A": "1" } }, get("/", [["x-a", "1"]]), true],
    [
      "a header on two lines",
      { headers: { "X-A": "1, 2" } },
      get("/", [
        ["x-a", "1"],
        ["x-a", "2"],
      ]),
      true,
    ],
    ["an absent header", { headers: { "X-A": { prefix: "" } } }, get("/"), false],
    ["a header that must be absent", { headers: { "X-A": { present: false } } }, get("/"), true],
    ["a header that must be there", { headers: { "X-A": { present: true } } }, get("/", [["x-a", ""]]), true],
    ["a prefix", { headers: { Accept: { prefix: "image/" } } }, get("/", [["accept", "image/avif,*/*"]]), true],
    ["a part", { headers: { "User-Agent": { contains: "bot" } } }, get("/", [["user-agent", "a bot b"]]), true],
    ["a glob", { headers: { "User-Agent": { glob: "curl/*" } } }, get("/", [["user-agent", "curl/8"]]), true],
    ["a parameter", { query: { page: "2" } }, get("/?x=1&page=2"), true],
    ["the first of two parameters", { query: { page: "2" } }, get("/?page=1&page=2"), false],
    ["a parameter without a value", { query: { debug: { present: true } } }, get("/?debug"), true],
    ["a parameter in its encoded form", { query: { page: "2" } }, get("/?p%61ge=2"), false],
    ["a cookie", { cookies: { plan: "gold" } }, get("/", [["cookie", "a=b; plan=gold"]]), true],
    [
      "the name of a cookie in another's value",
      { cookies: { plan: "gold" } },
      get("/", [["cookie", "a=plan=gold"]]),
      false,
    ],
    ["all of several", { paths: ["/x"], methods: ["GET"], cookies: { a: "1" } }, get("/x"), false],
  ])("%s", (_name, match, request, expected) => {
    expect(matched(match, request)).toBe(expected);
  });
});

describe("rules together", () => {
  const shop = site({
    cache: { defaultTtlSeconds: 30, keyQuery: "none" },
    rules: [
      {
        name: "first",
        match: { paths: ["/d/p.csv"] },
        cache: { ttlSeconds: 60 },
        responseHeaders: { remove: ["X-A"] },
      },
      {
        match: { paths: ["/d/**"] },
        cache: { ttlSeconds: 86_400, keyQuery: { allow: ["v"] }, ttlByStatus: { "4xx": 5, "404": 7 } },
        responseHeaders: { set: { "x-a": "2", "X-B": "2" } },
      },
      { match: {}, responseHeaders: { set: { "X-B": "3", "X-C": "3" } }, redirect: { to: "/elsewhere" } },
    ],
  });

  it("take each thing from the first rule that says it, then from the site", () => {
    const rules = matchRules(shop, get("/d/p.csv"));
    expect(rules.matched).toEqual(["first", "rules[1]", "rules[2]"]);
    expect(rules.cache.ttlSecondsByStatus.get(200)).toBe(60);
    expect(rules.cache.ttlSecondsByStatus.get(404)).toBe(7);
    expect(rules.cache.ttlSecondsByStatus.get(410)).toBe(5);
    expect(rules.cache.keyQuery.kind).toBe("allow");
    expect(rules.cache.defaultTtlSeconds).toBe(30);
    expect([...rules.responseHeaders.remove]).toEqual(["x-a"]);
    expect(rules.responseHeaders.set).toEqual([
      ["x-b", "2"],
      ["x-c", "3"],
    ]);
  });

  it("leave the site's own values where no rule speaks", () => {
    const rules = matchRules(shop, get("/other"));
    expect(rules.cache.keyQuery).toEqual({ kind: "none" });
    expect(rules.cache.ttlSecondsByStatus.size).toBe(0);
  });

  it("give the same object for the same rules, so that nothing is made per request", () => {
    expect(shop.rulesFor(get("/d/1"))).toBe(shop.rulesFor(get("/d/2", [["cookie", "a=b"]])));
    expect(shop.rulesFor(get("/d/1"))).not.toBe(shop.rulesFor(get("/")));
  });

  it("give the same values for more sets than are remembered", () => {
    const many = site({
      rules: Array.from({ length: 10 }, (_, index) => ({
        match: { query: { [`q${index}`]: "1" } },
        responseHeaders: { set: { [`X-${index}`]: "1" } },
      })),
    });
    for (let round = 0; round < 2; round += 1) {
      for (let set = 0; set < REMEMBERED_SETS_MAX * 4; set += 1) {
        const bits = Array.from({ length: 10 }, (_, index) => index).filter((index) => (set >> index) & 1);
        const rules = many.rulesFor(get(`/?${bits.map((index) => `q${index}=1`).join("&")}`));
        expect(rules.matched).toEqual(bits.map((index) => `rules[${index}]`));
      }
    }
  });

  it("keep their order when some are found by their first segment", () => {
    const mixed = site({
      rules: [
        { match: { paths: ["/**"] } },
        { match: { paths: ["/a/*"] } },
        { match: {} },
        { match: { paths: ["/b", "/a/**"] } },
        { match: { paths: ["/a*/**"] } },
        { match: { paths: ["/b"] } },
      ],
    });
    expect(mixed.rulesFor(get("/a/x")).matched).toEqual(["rules[0]", "rules[1]", "rules[2]", "rules[3]", "rules[4]"]);
    expect(mixed.rulesFor(get("/b")).matched).toEqual(["rules[0]", "rules[2]", "rules[3]", "rules[5]"]);
  });
});

describe("what is kept away from the cache", () => {
  it.each<[string, object, RequestHead, boolean]>([
    ["ordinary requests are not", {}, get("/"), false],
    ["a rule", { rules: [{ match: {}, cache: { mode: "bypass" } }] }, get("/"), true],
    [
      "an exception before the rule",
      {
        rules: [
          { match: { paths: ["/a/public/*"] }, cache: { mode: "cache" } },
          { match: { paths: ["/a/**"] }, cache: { mode: "bypass" } },
        ],
      },
      get("/a/public/x"),
      false,
    ],
    ["a cookie", { cache: { bypassCookies: ["session_*"] } }, get("/", [["cookie", "x=1; session_7=2"]]), true],
    ["another cookie", { cache: { bypassCookies: ["session_*"] } }, get("/", [["cookie", "x=session_7"]]), false],
    [
      "a cookie wins over mode cache",
      {
        cache: { bypassCookies: ["s"] },
        rules: [{ match: {}, cache: { mode: "cache" } }],
      },
      get("/", [["cookie", "s=1"]]),
      true,
    ],
    ["a path with dot segments", {}, get("/a/../b"), true],
    ["a path with encoded dot segments", {}, get("/a/%2e%2E%2fb"), true],
    ["a name that begins with a dot is no dot segment", {}, get("/.well-known/x"), false],
    [
      "WordPress users who are logged in",
      { preset: "wordpress" },
      get("/", [["cookie", "wordpress_logged_in_1=x"]]),
      true,
    ],
    ["WordPress administration", { preset: "wordpress" }, get("/wp-admin/index.php"), true],
    ["WordPress pages", { preset: "wordpress" }, get("/2026/hello/"), false],
  ])("%s", (_name, keys, request, expected) => {
    expect(isBypassed(site(keys).rulesFor(request), 0)).toBe(expected);
  });

  it("is everything in development mode, until its time", () => {
    const until = site({ rules: [{ match: {}, development: { until: "2026-11-24T18:00:00+01:00" } }] });
    const endMs = Date.UTC(2026, 10, 24, 17);
    expect(isBypassed(until.rulesFor(get("/")), endMs - 1)).toBe(true);
    expect(isBypassed(until.rulesFor(get("/")), endMs)).toBe(false);
    const hours = site({ rules: [{ match: {}, development: { hours: 2 } }] });
    expect(isBypassed(hours.rulesFor(get("/")), 1000 + 2 * HOUR_MS - 1)).toBe(true);
    expect(isBypassed(hours.rulesFor(get("/")), 1000 + 2 * HOUR_MS)).toBe(false);
  });
});

describe("a whole config", () => {
  it("finds a site by the most specific of its hosts", () => {
    const host = (...hosts: string[]) => ({ ...A_SITE, hosts });
    const compiled = compileConfig(
      {
        sites: {
          exact: host("www.example.com", "[::1]", "127.0.0.1"),
          port: host("www.example.com:8443"),
          below: host("*.example.com"),
          deeper: host("*.shop.example.com"),
          rest: host("*"),
        },
      },
      { appliedAtMs: 0 },
    );
    if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
    const names = (authority: string) => compiled.config.findSite(authority)?.name;
    expect(names("www.example.com")).toBe("exact");
    expect(names("www.example.com:8080")).toBe("exact");
    expect(names("www.example.com:8443")).toBe("port");
    expect(names("a.b.example.com")).toBe("below");
    expect(names("a.shop.example.com:1")).toBe("deeper");
    expect(names("shop.example.com")).toBe("below");
    expect(names("example.com")).toBe("rest");
    expect(names("[::1]:8080")).toBe("exact");
    expect(names("127.0.0.1:8080")).toBe("exact");
  });

  it("has no site for a host that nobody has", () => {
    const compiled = compileConfig({ sites: { a: A_SITE } }, { appliedAtMs: 0 });
    expect(compiled.kind === "compiled" && compiled.config.findSite("b.example")).toBeUndefined();
  });

  it("gives settings to the sites that do not say otherwise", () => {
    const input = {
      sites: { a: A_SITE, b: { ...A_SITE, hosts: ["b.example"], origin: { timeouts: { connectMs: 700 } } } },
      settings: { originConnectTimeoutMs: 900, defaultStaleIfErrorSeconds: 5 },
    };
    const compiled = compileConfig(input, { appliedAtMs: 0 });
    if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
    const [a, b] = [compiled.config.sites.get("a"), compiled.config.sites.get("b")];
    expect(a?.timeouts).toEqual({ connectMs: 900, firstByteMs: 15_000, betweenBytesMs: 15_000 });
    expect(b?.timeouts.connectMs).toBe(700);
    expect(a?.cache.staleIfErrorSeconds).toBe(5);
  });
});
