/** From the config file, or anything else, to what nodes work with; or to all that is wrong with it, with its places. */

import { cachePolicyOf } from "./compile-cache.ts";
import { type CompiledSite, compiledSite } from "./compiled-site.ts";
import type { DnsConfig } from "./dns-types.ts";
import type { RuleGround } from "./effective.ts";
import { parseHostPattern } from "./host-pattern.ts";
import { parseOriginUrl } from "./origin-url.ts";
import type { BucketPolicy, HealthCheckPolicy, PoolServer, SitePolicy } from "./policy.ts";
import { PRESETS } from "./presets.ts";
import { keyPath, type Problem, Problems, shown } from "./problems.ts";
import { checkRelations, defaultSettings, type Settings, withDefaults } from "./settings.ts";
import { configShape } from "./shapes/config-shape.ts";
import { HOSTS_MAX, siteShape } from "./shapes/site-shape.ts";
import { isPlainObject } from "./shapes/values.ts";
import { HostIndex, hostKey } from "./site-index.ts";
import type {
  CacheConfig,
  Config,
  EdgeConfig,
  HealthCheckConfig,
  OriginBucketConfig,
  RoutingConfig,
  SiteConfig,
} from "./types.ts";

/** What a config became. */
export interface CompiledConfig {
  readonly sites: ReadonlyMap<string, CompiledSite>;
  readonly edges: ReadonlyMap<string, EdgeConfig>;
  readonly routing: RoutingConfig;
  readonly dns: DnsConfig;
  /** The hosts of each site, as they are written. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  readonly settings: Settings;
  /** The site of a normal authority, or undefined. */
  findSite(authority: string): CompiledSite | undefined;
}

/** A result, or all that is wrong. */
export type Compiled<T> =
  | ({ readonly kind: "compiled" } & T)
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** What a config means depends on when it was applied: development mode for some hours begins then. */
export interface CompileOptions {
  /** Milliseconds since the Unix epoch; the same on every node. */
  readonly appliedAtMs: number;
}

/** Compiles a whole file. */
export function compileConfig(input: unknown, options: CompileOptions): Compiled<{ readonly config: CompiledConfig }> {
  const problems = new Problems();
  const isGood = configShape.check(input, "", problems);
  checkHosts(input, problems);
  const settings = isGood ? withDefaults(input.settings ?? {}) : defaultSettings;
  if (isGood) checkRelations(settings, "settings", problems);
  if (!isGood || problems.count > 0) return { kind: "problems", problems: problems.list() };
  return { kind: "compiled", config: configOf(input, settings, options) };
}

/** Compiles one site, as the API gets it. */
export function compileSite(
  input: unknown,
  options: CompileOptions & { readonly name: string; readonly settings?: Settings; readonly path?: string },
): Compiled<{ readonly site: CompiledSite }> {
  const { name, settings = defaultSettings, path = "", appliedAtMs } = options;
  const problems = new Problems();
  const isGood = siteShape.check(input, path, problems);
  checkHostsOf(input, path, new Map(), problems);
  if (!isGood || problems.count > 0) return { kind: "problems", problems: problems.list() };
  return { kind: "compiled", site: siteOf(name, input, settings, appliedAtMs) };
}

function configOf(config: Config, settings: Settings, { appliedAtMs }: CompileOptions): CompiledConfig {
  const sites = new Map<string, CompiledSite>();
  const index = new HostIndex<CompiledSite>();
  for (const [name, site] of Object.entries(config.sites)) {
    const compiled = siteOf(name, site, settings, appliedAtMs);
    sites.set(name, compiled);
    for (const host of site.hosts) {
      const pattern = parseHostPattern(host);
      if (pattern !== undefined) index.add(pattern, compiled);
    }
  }
  return {
    sites,
    edges: new Map(Object.entries(config.edges ?? {})),
    routing: config.routing ?? {},
    dns: config.dns ?? {},
    hosts: new Map(Object.entries(config.sites).map(([name, { hosts }]) => [name, hosts])),
    settings,
    findSite: (authority) => index.find(authority),
  };
}

function siteOf(name: string, site: SiteConfig, settings: Settings, appliedAtMs: number): CompiledSite {
  const { profile = "safe" } = site;
  const preset = site.preset === undefined ? undefined : PRESETS[site.preset];
  // A bucket is asked without queries: they tell nothing apart.
  const byNature: CacheConfig = site.origin?.bucket === undefined ? {} : { keyQuery: "none" };
  const ground: RuleGround = {
    profile,
    settings,
    cache: [site.cache ?? {}, byNature, preset?.cache ?? {}],
    appliedAtMs,
  };
  return compiledSite(policyOf(name, site, ground), [...(site.rules ?? []), ...(preset?.rules ?? [])], ground);
}

function policyOf(name: string, site: SiteConfig, ground: RuleGround): SitePolicy {
  const { settings, profile } = ground;
  const { origin = {} } = site;
  const { timeouts = {} } = origin;
  return {
    name,
    profile,
    origins: site.origins.flatMap(({ url, weight = 1, backup = false }): PoolServer[] => {
      const parsed = parseOriginUrl(url);
      return parsed.kind === "origin" ? [{ target: parsed.target, weight, backup }] : [];
    }),
    hostHeader: origin.hostHeader,
    allowPrivate: origin.allowPrivate ?? false,
    tls: origin.tls && { ...origin.tls, serverName: origin.tls.serverName?.toLowerCase() },
    http2: origin.http2 ?? false,
    signatureSecret: origin.signature?.secret,
    bucket: origin.bucket && bucketOf(origin.bucket),
    timeouts: {
      connectMs: timeouts.connectMs ?? settings.originConnectTimeoutMs,
      firstByteMs: timeouts.firstByteMs ?? settings.originFirstByteTimeoutMs,
      betweenBytesMs: timeouts.betweenBytesMs ?? settings.originBetweenBytesTimeoutMs,
    },
    staleAfterMs: origin.staleAfterMs ?? settings.originStaleAfterMs,
    retries: origin.retries ?? settings.originRetriesMax,
    maxConnections: origin.maxConnections ?? settings.originConnectionsMax,
    healthCheck: origin.healthCheck && healthCheckOf(origin.healthCheck, settings),
    shield: origin.shield === "none" ? undefined : origin.shield,
    forwardHeaders: origin.forwardHeaders && new Set(origin.forwardHeaders.map((header) => header.toLowerCase())),
    cache: cachePolicyOf(ground.cache, ground),
    edgeHosts: site.edgeHosts,
    routing: site.routing && { regions: site.routing.regions, failClosed: site.routing.failClosed ?? false },
    whenUnconfirmed: site.whenUnconfirmed ?? "serve",
    maxLagSeconds: site.maxLagSeconds ?? settings.whenUnconfirmedAfterSeconds,
    storagePercent: site.storagePercent ?? 0,
    maxRequestBodyBytes: site.maxRequestBodyBytes ?? settings.requestBodyMaxBytes,
  };
}

function bucketOf(bucket: OriginBucketConfig): BucketPolicy {
  const { name, region, accessKeyId, secretAccessKey, sessionToken, indexDocument = "index.html" } = bucket;
  return { name, identity: { accessKeyId, secretAccessKey, region, service: "s3" }, sessionToken, indexDocument };
}

function healthCheckOf(check: HealthCheckConfig, settings: Settings): HealthCheckPolicy {
  return {
    path: check.path ?? "/",
    intervalMs: check.intervalMs ?? settings.originHealthIntervalMs,
    timeoutMs: check.timeoutMs ?? settings.originHealthTimeoutMs,
    expectStatus: check.expectStatus ?? 200,
    expectBody: check.expectBody,
  };
}

/** Each host pattern belongs to one site. Looked at even when other things are wrong. */
function checkHosts(input: unknown, problems: Problems): void {
  if (!isPlainObject(input) || !isPlainObject(input.sites)) return;
  const places = new Map<string, string>();
  for (const [name, site] of Object.entries(input.sites)) {
    checkHostsOf(site, keyPath("sites", name), places, problems);
  }
}

function checkHostsOf(site: unknown, path: string, places: Map<string, string>, problems: Problems): void {
  if (!isPlainObject(site) || !Array.isArray(site.hosts)) return;
  // A longer list is refused as it is: to look at all of it would hold up who judges it.
  const hosts: readonly unknown[] = site.hosts.slice(0, HOSTS_MAX);
  for (const [index, host] of hosts.entries()) {
    const key = typeof host === "string" ? hostKey(host) : undefined;
    if (key === undefined) continue;
    const at = `${keyPath(path, "hosts")}[${index}]`;
    const earlier = places.get(key);
    if (earlier === undefined) places.set(key, at);
    else problems.add(at, `${shown(host)} stands at ${earlier} already; a host belongs to one site, once`);
  }
}
