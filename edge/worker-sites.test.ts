/** What an edge on Workers makes of its variables, secrets, bindings and bundled config: sites, or all that is wrong. */
import { describe, expect, test } from "vitest";
import { unreachableOrigins, workerSites } from "./worker-sites.ts";
import { readVariables } from "./worker-variables.ts";

const problemsOf = (variables: object, bundled?: unknown): readonly string[] => {
  const sites = workerSites({ ...variables }, bundled, 0);
  return sites.kind === "problems" ? sites.problems : [];
};

describe("variables of the one site", () => {
  test("make a site for any host", () => {
    const sites = workerSites({ ORIGIN: "https://origin.example.com", PROFILE: "rfc9111" }, undefined, 0);
    if (sites.kind === "problems") throw new Error(sites.problems.join());
    expect(sites.findSite("any.example")?.profile).toBe("rfc9111");
  });
  test.each([
    [{}, [/^ORIGIN is missing: under \[vars\] in wrangler.toml write ORIGIN = /]],
    [{ ORIGIN: "", PROFILE: "bold" }, [/^ORIGIN is missing/, /^PROFILE is "bold": write "safe" or "rfc9111"$/]],
    [{ ORIGIN: "origin.example.com" }, [/^ORIGIN: expected a URL .*\(write https:\/\/origin.example.com or/]],
    [{ ORIGIN: "https://a.example/path", PROFILE: 1 }, [/^ORIGIN: an origin has no path/, /^PROFILE is 1/]],
    [{ ORIGIN: "https://user:hush@a.example" }, [/^ORIGIN: the URL carries a user name or password/]],
  ])("that are wrong are all named: %j", (variables, wanted) => {
    const problems = problemsOf(variables);
    expect(problems).toHaveLength(wanted.length);
    for (const [index, pattern] of wanted.entries()) expect(problems[index]).toMatch(pattern);
    expect(problems.join()).not.toContain("hush");
  });
});

describe("a bundled config", () => {
  const site = (more: object) => ({ hosts: ["a.example"], origins: [{ url: "https://o.example" }], ...more });
  test("with origin.hostHeader is refused with the reason, for each site", () => {
    const refused = { origin: { hostHeader: "b.example" } };
    const sites = { a: site(refused), b: { ...site(refused), hosts: ["b.example"] } };
    const reason = "Workers cannot send another Host than the one in the origin's URL";
    expect(problemsOf({}, { sites })).toEqual([
      expect.stringContaining(`sites.a.origin.hostHeader: ${reason}`),
      expect.stringContaining(`sites.b.origin.hostHeader: ${reason}`),
    ]);
  });
  test("that is wrong is answered with every problem and its place", () => {
    const problems = problemsOf({}, { sites: { a: site({ hosts: [], profil: "safe" }), b: 1 } });
    for (const path of ["sites.a.hosts", "sites.a.profil", "sites.b"]) {
      expect(problems.some((text) => text.startsWith(`${path}: `))).toBe(true);
    }
  });
  test("counts, whatever ORIGIN says", () => {
    expect(problemsOf({ ORIGIN: "nonsense" }, { sites: { a: site({}) } })).toEqual([]);
  });
});

describe("origins that Cloudflare's network cannot reach", () => {
  test.each([
    ["http://127.0.0.1:8090", "127.0.0.1, an address"],
    ["http://203.0.113.7", "203.0.113.7, an address"],
    ["http://[2001:db8::1]", "2001:db8::1, an address"],
    ["http://localhost:3000", "localhost, a loopback name"],
  ])("%s", (ORIGIN, said) => {
    const sites = workerSites({ ORIGIN }, undefined, 0);
    if (sites.kind === "problems") throw new Error(sites.problems.join());
    expect(unreachableOrigins(sites.sites)).toEqual([expect.stringContaining(`Workers cannot reach ${said}`)]);
  });
  test("are not those with a public name", () => {
    const sites = workerSites({ ORIGIN: "https://origin.example.com" }, undefined, 0);
    expect(sites.kind === "ready" && unreachableOrigins(sites.sites)).toEqual([]);
  });
});

describe("other variables", () => {
  test("have defaults, also when a text is empty", () => {
    const wanted = { id: "workers", logs: false, debugToken: undefined };
    expect(readVariables({})).toMatchObject({ options: wanted, problems: [] });
    expect(readVariables({ EDGE_ID: "", ACCESS_LOG: "", DEBUG_TOKEN: "" })).toMatchObject({ options: wanted });
  });
  const bucket = { get() {}, put() {}, delete() {} };
  test.each([
    [{ STORE: "r2" }, /^BUCKET is missing, and STORE = "r2" needs it: bind a bucket under \[\[r2_buckets\]\]/],
    [{ BUCKET: "antipode-store" }, /^BUCKET is not an R2 bucket/],
    [{ METRICS: bucket }, /^METRICS is no Analytics Engine dataset/],
    [{ STORE: "disk" }, /^STORE is "disk": write "auto" or "r2"$/],
    [{ ACCESS_LOG: "yes" }, /^ACCESS_LOG is "yes": write "off" or "json"$/],
    [{ LOG_ADDRESS: "all" }, /^LOG_ADDRESS is "all": write "cut" or "full" or "none"$/],
    [{ EDGE_ID: 'a"b' }, /^EDGE_ID is "a\\"b"/],
    [{ LOG_HIDE: ["pin"] }, /^LOG_HIDE is \["pin"\]/],
    [{ DEBUG_TOKEN: "hush" }, /^DEBUG_TOKEN is too short .*16 characters or more, or delete it$/],
  ])("that are wrong are named: %j", (variables, pattern) => {
    const { problems } = readVariables(variables);
    expect(problems).toEqual([expect.stringMatching(pattern)]);
    expect(problems.join()).not.toContain("hush");
  });
  test("are all named at once, and good ones not", () => {
    expect(readVariables({ STORE: "r2", BUCKET: bucket, METRICS: { writeDataPoint() {} } }).problems).toEqual([]);
    expect(readVariables({ STORE: "disk", BUCKET: 1, METRICS: 1, ACCESS_LOG: 1 }).problems).toHaveLength(4);
  });
});
