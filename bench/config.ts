/**
 * How long a large config takes to compile, how much memory it keeps, and what a lookup costs per request:
 * `node --expose-gc bench/config.ts [--json FILE]` prints one
 * JSON line and ends with 1 when an aim is missed. The aims are those of the config's design: 1,000 sites with
 * 100 rules each in ≤ 2 s and ≤ 100 MiB, a site ≤ 1 µs, the rules of a request ≤ 5 µs.
 */
import { parseArgs } from "node:util";
import { type CompiledConfig, compileConfig } from "../core/config/compile-config.ts";
import type { RequestHead } from "../core/http/fields.ts";
import { conclude } from "./evidence.ts";

/** What we ask of ourselves. */
const LIMITS = { compileMs: 2_000, compiledMiB: 100, findSiteUs: 1, matchRulesUs: 5 };

const SITES = 1000;
const RULES = 100;
const LOOKUPS = 1_000_000;
const MATCHES = 100_000;

function rule(index: number): unknown {
  const cache = { ttlSeconds: index };
  switch (index % 6) {
    case 0:
      return { match: { paths: [`/section-${index}/**`] }, cache };
    case 1:
      return { match: { paths: [`/**/file-${index}.*`, `/x/*/y-${index}/?.css`] }, cache };
    case 2:
      return {
        match: { paths: [`/**.ext${index}`], methods: ["GET", "HEAD"] },
        responseHeaders: { remove: ["Server"] },
      };
    case 3:
      return { match: { paths: [`/old-${index}/*`] }, redirect: { to: "/new/$1", status: 301 } };
    case 4:
      return { match: { headers: { "X-Variant": { prefix: `v${index}-` } } }, cache: { mode: "bypass" } };
    default:
      return { match: { cookies: { [`exp-${index}`]: "on" }, notPaths: ["/api/**"] }, cache };
  }
}

function config(): unknown {
  const sites: Record<string, unknown> = {};
  for (let site = 0; site < SITES; site += 1) {
    const name = `site-${site}`;
    sites[name] = {
      hosts: [`www.${name}.example`, `*.${name}.example`, `${name}.example`],
      origins: [{ url: `https://origin.${name}.example` }],
      rules: Array.from({ length: RULES }, (_, index) => rule(index)),
    };
  }
  return { sites };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

function compiled(input: unknown): CompiledConfig {
  const result = compileConfig(input, { appliedAtMs: Date.now() });
  if (result.kind === "problems") throw new Error(JSON.stringify(result.problems.slice(0, 3)));
  return result.config;
}

/** Processor time of this thread, so that other programs on the machine do not count. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function microsecondsEach(times: number, action: (index: number) => unknown): number {
  for (let index = 0; index < times / 10; index += 1) action(index);
  const startedUs = cpuUs();
  for (let index = 0; index < times; index += 1) action(index);
  return (cpuUs() - startedUs) / times;
}

const before = heapBytes();
const input: unknown = JSON.parse(JSON.stringify(config()));
const inputBytes = heapBytes() - before;
const startedUs = cpuUs();
const built = compiled(input);
const compileMs = (cpuUs() - startedUs) / 1000;

const compiledBytes = heapBytes() - before - inputBytes;

const hosts = Array.from({ length: SITES }, (_, index) =>
  index % 2 === 0 ? `www.site-${index}.example` : `deep.name.site-${index}.example:8443`,
);
const findSiteUs = microsecondsEach(LOOKUPS, (index) => built.findSite(hosts[index % SITES] ?? ""));

const requests: readonly RequestHead[] = [
  "/",
  "/section-12/a/b/c.html?utm_source=x&page=2",
  "/some/where/file-7.js",
  "/old-3/thing",
  "/assets/%7Euser/logo.ext8",
  "/a/quite/long/path/with/many/segments/that/matches/nothing/index.html",
].map((target) => ({
  method: "GET",
  scheme: "https",
  authority: "www.site-0.example",
  target,
  fields: [
    ["user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"],
    ["accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
    ["accept-encoding", "gzip, deflate, br, zstd"],
    ["accept-language", "en-US,en;q=0.9,de;q=0.8"],
    ["cookie", "session=0123456789abcdef; theme=dark; exp-5=on"],
  ],
}));
const site = built.findSite("www.site-0.example");
const matchUs = microsecondsEach(MATCHES, (index) => {
  const request = requests[index % requests.length];
  return request && site?.rulesFor(request);
});
for (const each of built.sites.values()) for (const request of requests) each.rulesFor(request);
const keptBytes = heapBytes() - before;
if (!input) throw new Error("the input is to be alive when memory is measured");

const result = {
  sites: built.sites.size,
  rulesPerSite: RULES,
  compileMs: Math.round(compileMs),
  compiledMiB: Math.round(compiledBytes / 2 ** 20),
  withInputAndResultsMiB: Math.round(keptBytes / 2 ** 20),
  inputMiB: Math.round(inputBytes / 2 ** 20),
  findSiteUs: Number(findSiteUs.toFixed(3)),
  matchRulesUs: Number(matchUs.toFixed(2)),
};
console.log(JSON.stringify(result));
const { values } = parseArgs({ options: { json: { type: "string" } } });
const { compileMs: tookMs, compiledMiB, findSiteUs: siteUs, matchRulesUs } = result;
const within = tookMs <= LIMITS.compileMs && compiledMiB <= LIMITS.compiledMiB;
conclude(values.json, within && siteUs <= LIMITS.findSiteUs && matchRulesUs <= LIMITS.matchRulesUs, {
  ...result,
  limits: LIMITS,
});
