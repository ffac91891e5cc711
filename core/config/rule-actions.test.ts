/** What rules do to a request and its answer. */
import { describe, expect, it } from "vitest";
import { A_SITE } from "../../test/config/wrong-config.ts";
import type { Fields, RequestHead } from "../http/fields.ts";
import { compileSite } from "./compile-config.ts";
import { corsFields, isPreflight, preflightFields } from "./cors.ts";
import { keptTarget } from "./filter-query.ts";
import type { EffectiveRules } from "./policy.ts";
import { editedFields, isClosedFor, redirectLocation, rewrittenTarget } from "./rule-actions.ts";

function get(target: string, fields: Fields = [], method = "GET"): RequestHead {
  return { method, scheme: "https", authority: "a.example", target, fields };
}

function rulesOf(rule: object, request: RequestHead): EffectiveRules {
  const compiled = compileSite({ ...A_SITE, rules: [{ match: {}, ...rule }] }, { name: "a", appliedAtMs: 0 });
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  return compiled.site.rulesFor(request);
}

describe("a redirect", () => {
  it.each<[glob: string, redirect: object, target: string, location: string]>([
    ["/old/**", { to: "/new/$1" }, "/old/a/b", "/new/a/b"],
    ["/old/**", { to: "/new/$1" }, "/old/a?x=1", "/new/a?x=1"],
    ["/old/**", { to: "/new/$1", keepQuery: false }, "/old/a?x=1", "/new/a"],
    ["/old/**", { to: "/new?p=$1" }, "/old/a?x=1", "/new?p=a&x=1"],
    ["/old/**", { to: "/new/$1#top" }, "/old/a?x=1", "/new/a?x=1#top"],
    ["/*/*", { to: "https://b.example/$2/$1" }, "/x/y", "https://b.example/y/x"],
    ["/old/**", { to: "/$1" }, "/old//evil.example/", "/evil.example/"],
    ["/old/**", { to: "/$1" }, "/old/\\evil.example", "/evil.example"],
    ["/**", { to: "https://b.example/$1" }, "/%0d%0aX:1", "https://b.example/%0D%0AX:1"],
  ])("%s %o: %s", (glob, redirect, target, location) => {
    const request = get(target);
    const rules = rulesOf({ match: { paths: [glob] }, redirect }, request);
    expect(rules.redirect && redirectLocation(rules.redirect, request)).toBe(location);
  });

  it("is 302 unless it says otherwise", () => {
    expect(rulesOf({ redirect: { to: "/x" } }, get("/")).redirect?.status).toBe(302);
  });

  it("takes the captures from the first glob that matches", () => {
    const request = get("/b/1/c");
    const rules = rulesOf({ match: { paths: ["/a/*", "/b/*/*"] }, redirect: { to: "/$1" } }, request);
    expect(rules.redirect && redirectLocation(rules.redirect, request)).toBe("/1");
  });
});

it("a rewrite gives another path and keeps the query", () => {
  const request = get("/shop/a/b?x=1&y=%20");
  const rules = rulesOf({ match: { paths: ["/shop/**"] }, rewrite: { path: "/public/$1" } }, request);
  expect(rules.rewrite && rewrittenTarget(rules.rewrite, request)).toBe("/public/a/b?x=1&y=%20");
});

it("header changes replace, add and remove, and leave the rest in its order", () => {
  const rules = rulesOf({ responseHeaders: { set: { "X-A": "new", "X-N": "1" }, remove: ["Server"] } }, get("/"));
  const fields: Fields = [
    ["x-a", "old"],
    ["server", "nginx"],
    ["x-z", "1"],
    ["x-a", "older"],
  ];
  expect(editedFields(fields, rules.responseHeaders)).toEqual([
    ["x-z", "1"],
    ["x-a", "new"],
    ["x-n", "1"],
  ]);
  expect(editedFields(fields, rules.requestHeaders)).toBe(fields);
});

describe("the query that counts", () => {
  const kept = (keyQuery: unknown, target: string) => {
    const rules = rulesOf({ cache: { keyQuery } }, get(target));
    return keptTarget(target, rules.cache.keyQuery);
  };
  it.each<[keyQuery: unknown, target: string, expected: string]>([
    ["all", "/?b=1&a=2&", "/?b=1&a=2&"],
    ["none", "/x?b=1", "/x"],
    [{ allow: ["a", "c*"] }, "/?b=1&a=2&cc=3&a=4", "/?a=2&cc=3&a=4"],
    [{ drop: ["utm_*"] }, "/?utm_source=x&a=1&utm_id", "/?a=1"],
    [{ drop: ["utm_*"] }, "/?utm_source=x", "/"],
    [{ drop: ["x"], sort: true }, "/?b=2&a=2&b=1", "/?a=2&b=2&b=1"],
    [{ sort: true }, "/?b&a=", "/?a=&b"],
    [{ drop: ["utm"] }, "/?utm=x;callback=y", "/"],
    [{ drop: ["a"] }, "/?%61=1", "/?%61=1"],
    [{ allow: ["a"] }, "/", "/"],
  ])("%o of %s", (keyQuery, target, expected) => {
    expect(kept(keyQuery, target)).toBe(expected);
  });

  it("makes the same key rules of the same choice, and others of another", () => {
    const keyRules = (cache: object) => rulesOf({ cache }, get("/")).cache.keyRules;
    expect(keyRules({ keyQuery: { allow: ["b", "a"] } })).toBe(keyRules({ keyQuery: { allow: ["a", "b", "a"] } }));
    expect(keyRules({ keyHeaders: ["X-B", "x-a"] })).toBe(keyRules({ keyHeaders: ["X-A", "x-b"] }));
    const different = [
      {},
      { keyQuery: "none" },
      { keyQuery: { allow: ["a"] } },
      { keyQuery: { drop: ["a"] } },
      { keyQuery: { sort: true } },
      { keyHeaders: ["a"] },
      { keyCookies: ["a"] },
      { keyDeviceClass: true },
      { keyCountry: true },
    ].map(keyRules);
    expect(new Set(different).size).toBe(different.length);
  });
});

describe("CORS", () => {
  const cors = { origins: ["https://app.example", "https://*.preview.example"], credentials: true, methods: ["GET"] };
  const from = (origin: string) => get("/", [["origin", origin]]);
  const actual = (rule: object, request: RequestHead, fields: Fields = []) => {
    const action = rulesOf({ cors: rule }, request).cors;
    return action && corsFields(fields, action, request);
  };

  it("lets a listed origin read, by name, and says that the answer depends on it", () => {
    expect(actual(cors, from("https://x.preview.example"), [["access-control-allow-origin", "*"]])).toEqual([
      ["access-control-allow-origin", "https://x.preview.example"],
      ["access-control-allow-credentials", "true"],
      ["vary", "Origin"],
    ]);
  });

  it.each(["https://evil.example", "https://preview.example", "https://app.example.evil.example", "null"])(
    "gives %s no permission",
    (origin) => {
      expect(actual(cors, from(origin))).toEqual([["vary", "Origin"]]);
    },
  );

  it("lets everybody read what everybody may, without Vary", () => {
    expect(actual({ origins: ["*"] }, get("/"))).toEqual([["access-control-allow-origin", "*"]]);
  });

  it("answers a preflight", () => {
    const request = get(
      "/",
      [
        ["origin", "https://app.example"],
        ["access-control-request-method", "PUT"],
        ["access-control-request-headers", "X-A, bad name, content-type"],
      ],
      "OPTIONS",
    );
    const action = rulesOf({ cors: { origins: ["https://app.example"] } }, request).cors;
    expect(isPreflight(request)).toBe(true);
    expect(action && preflightFields(action, request)).toEqual([
      ["access-control-allow-origin", "https://app.example"],
      ["access-control-allow-methods", "GET, HEAD, POST"],
      ["access-control-allow-headers", "X-A, content-type"],
      ["access-control-max-age", "600"],
      ["vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"],
    ]);
  });

  it("takes an OPTIONS without its fields for an ordinary request", () => {
    expect(isPreflight(get("/", [["origin", "https://app.example"]], "OPTIONS"))).toBe(false);
  });
});

describe("maintenance", () => {
  it("closes the site for all but the addresses that it names", () => {
    const { maintenance } = rulesOf({ maintenance: { exceptAddresses: ["192.0.2.0/24", "2001:db8::/48"] } }, get("/"));
    expect(maintenance?.status).toBe(503);
    const closed = (address: string) => maintenance && isClosedFor(maintenance, address);
    expect(closed("192.0.2.7")).toBe(false);
    expect(closed("::ffff:192.0.2.7")).toBe(false);
    expect(closed("2001:db8:0:1::5")).toBe(false);
    expect(closed("198.51.100.1")).toBe(true);
    expect(closed("unknown")).toBe(true);
  });

  it("has an exception where an earlier rule says false", () => {
    const compiled = compileSite(
      {
        ...A_SITE,
        rules: [
          { match: { paths: ["/status"] }, maintenance: false },
          { match: {}, maintenance: true },
        ],
      },
      { name: "a", appliedAtMs: 0 },
    );
    if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
    expect(compiled.site.rulesFor(get("/status")).maintenance).toBeUndefined();
    expect(compiled.site.rulesFor(get("/")).maintenance?.page.contentType).toBe("text/html; charset=utf-8");
  });
});

it("error pages come by status before class, each from the first rule that has one", () => {
  const compiled = compileSite(
    {
      ...A_SITE,
      rules: [
        { match: { paths: ["/a/**"] }, errorPages: { "5xx": { body: "five of a" } } },
        { match: {}, errorPages: { "503": { body: "503", contentType: "text/plain" }, "404": { body: "lost" } } },
      ],
    },
    { name: "a", appliedAtMs: 0 },
  );
  if (compiled.kind === "problems") throw new Error(JSON.stringify(compiled.problems));
  const page = (target: string, status: number) => compiled.site.rulesFor(get(target)).errorPages.get(status)?.body;
  expect([page("/a/x", 503), page("/a/x", 404), page("/b", 503), page("/b", 500)]).toEqual([
    "five of a",
    "lost",
    "503",
    undefined,
  ]);
});
