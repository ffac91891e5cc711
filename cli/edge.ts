/** `antipode edge`: one caching node, alone in front of an origin or one of a fleet's. */

import type { EvictionPolicy } from "../core/cache/admission/eviction.ts";
import { defaultSettings, SETTINGS, type Settings } from "../core/config/settings.ts";
import { readPurge } from "../core/ledger/purges.ts";
import { isMembers, textMember } from "../core/ledger/read-json.ts";
import type { Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { delayedUpstream } from "../core/route/delayed-upstream.ts";
import { distanceKm } from "../core/route/distance.ts";
import { fibreRttMs } from "../core/route/latency.ts";
import type { Edge } from "../edge/edge.ts";
import { type EdgeOptions, type RunningEdge, startEdge } from "../edge/node.ts";
import type { HeldSample } from "../edge/purge-preview.ts";
import { readWhy } from "../edge/read-why.ts";
import { singleSite } from "../edge/single-site.ts";
import { poolLimits } from "../origin/pool-limits.ts";
import type { ByteBody } from "../runtime/memory/bodies.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { countryLookup } from "../runtime/node/country.ts";
import { sampleOfDisk } from "../runtime/node/disk/sample.ts";
import { limitsOfSettings, responseLimitsOf } from "../runtime/node/http1/limits-of-settings.ts";
import { ListenError } from "../runtime/node/http1/listen-error.ts";
import { NodeUpstream } from "../runtime/node/upstream.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { type DiskTier, openDiskTier } from "./disk-tier.ts";
import { joinWithBeacon } from "./edge-beacon.ts";
import type { HostPort } from "./flag-kinds.ts";
import { FLEET_FLAGS, type FleetMembership } from "./fleet.ts";
import { type LoadedConfig, loadConfig, requireTlsFiles, withAllSecrets } from "./load-config.ts";
import { type Observation, startObserving } from "./observing.ts";
import { proxyProtocol, ROLE_FLAGS, reportBug, sayReady, trustedProxies, untilStopped, version } from "./role.ts";
import { TLS_FLAGS, tlsOf } from "./tls.ts";

/** The command. */
export const command = defineCommand({
  summary: "cache an origin: alone with --origin, or as a node of a fleet with --control",
  help: "A caching reverse proxy. With --origin it answers for any Host and keeps what the origin allows (RFC 9111). With --config it serves the sites of that file and refuses other hosts with 421. With --control it joins a fleet, follows the ledger of control and keeps it in --data, so that it works on when control is gone.",
  flags: {
    origin: { kind: "url", help: "The server to stand in front of." },
    config: { kind: "string", placeholder: "FILE", help: "The config that names the sites." },
    listen: { kind: "hostport", default: "127.0.0.1:8101", help: "Where to listen for clients." },
    ...TLS_FLAGS,
    admin: { kind: "hostport", help: "Where to serve /livez, /readyz, /metrics and /status.json." },
    id: { kind: "string", default: "edge", help: "The edge's name in Cache-Status, Via and logs." },
    memory: { kind: "size", default: "256mb", min: "1mb", help: "How much memory the cache may take." },
    policy: {
      kind: "string",
      choices: ["adaptive", "lru"],
      default: "adaptive",
      help: "Who leaves the cache when room is needed: what does best on the traffic of now, or the least recently used.",
    },
    disk: {
      kind: "string",
      placeholder: "DIR",
      help: "A folder of its own for what memory cannot hold; survives restarts.",
    },
    diskSize: { kind: "size", min: "1mb", help: "How much of the disk the cache may take (default 10gb)." },
    profile: {
      kind: "string",
      choices: ["safe", "rfc9111"],
      default: "safe",
      help: "With --origin: the caching profile.",
    },
    ...FLEET_FLAGS,
    wan: { kind: "boolean", help: "Add the delay that light in fibre takes between this edge and the origin." },
    ...ROLE_FLAGS,
  },
  examples: [
    "edge --origin http://127.0.0.1:9000 --listen 127.0.0.1:8101",
    "edge --origin http://127.0.0.1:9000 --disk /var/cache/antipode --disk-size 100gb",
    "edge --config antipode.config.json --id fra --listen 0.0.0.0:80 --admin 127.0.0.1:8201",
    "edge --control http://127.0.0.1:8081 --join join.token --id fra --at 50.1,8.7",
  ],
  run: async ({ flags }) => {
    const config = flags.config === undefined ? undefined : await loadConfig(flags.config);
    const secrets = siteSource(flags, config) === "dev" ? { prepare: withAllSecrets } : {};
    const scheme = flags.tlsCert === undefined ? "http" : "https";
    const ask = { ...flags, role: "edge", advertise: flags.advertise ?? listenUrl(flags.listen, scheme) } as const;
    const { fleet, measuring } = await joinWithBeacon(ask, secrets);
    if (config !== undefined) requireTlsFiles(config, flags.config ?? "");
    const settings = await settingsAtStart(fleet, config);
    const trusted = trustedProxies([...(flags.trustProxy ?? []), ...(config?.isDev ? LOOPBACK : [])]);
    const upstream = new NodeUpstream({
      responseLimits: responseLimitsOf(settings),
      connectionsPerTarget: SETTINGS.originConnectionsMax.max,
      idleConnectionMs: settings.originIdleConnectionMs,
    });
    const about = { node: flags.id, role: "edge", version: version(), trusted, upstream };
    const observation = await startObserving(flags, about);
    const disk = await openDiskTier(flags, settings);
    const edge = await startEdge({
      id: flags.id,
      version: version(),
      listen: flags.listen,
      ...tlsOf(flags, settings),
      reusePort: flags.reusePort,
      admin: flags.admin,
      ...storeOptions(flags, disk, fleet),
      memoryPercents: { stopStoring: settings.memoryStopAdmissionPercent, refuse: settings.memoryRefusePercent },
      limits: settings,
      listenerLimits: limitsOfSettings(settings),
      rateLimits: settings,
      hitForPassKeysMax: settings.hitForPassKeysMax,
      upstream: flags.wan ? farUpstream(upstream, config, flags.id) : upstream,
      poolLimits: poolLimits(settings),
      trustedProxies: trusted,
      ...proxyProtocol(flags.proxyProtocol, trusted),
      ...(flags.wan ? {} : measuring(settings)),
      findSite: fleet?.findSite ?? config?.findSite ?? anySite(flags.origin, flags.profile),
      sites: [...(config?.sites.values() ?? [])],
      countryOf: countryLookup(keysByCountry(config) ? "now" : "when-asked"),
      ...recordedBy(observation, fleet),
      followPurges: (apply) => fleet?.onSnapshot(apply),
      notReady: () => fleet?.notReady(),
      moreSamples: () => [...observation.moreSamples(), ...(fleet?.samples() ?? []), ...(disk?.samples() ?? [])],
      onError: reportBug,
    }).catch((error: unknown) => {
      throw error instanceof ListenError ? new CommandFailure(error.message) : error;
    });
    fleet?.loadFrom(edge.used);
    fleet?.onAsk("purge", (about) => previewOf(edge, about));
    fleet?.onAsk("why", (about) => whyOfAsked(edge, about));
    fleet?.followSites(edge.adoptSites);
    sayReady(`edge ${flags.id}`, { [scheme]: edge.listening, admin: edge.admin });
    await untilStopped({ drain: leaving(fleet, edge), observation }, settings.drainMs);
    fleet?.stop();
    await upstream.destroy();
    await disk?.store.close();
    return 0;
  },
});

/** Without anything on its disk a node waits so long for control before it says READY. */
const ARRIVAL_MAX_MS = 5_000;

/** Control and routers hear of it first. */
function leaving(fleet: FleetMembership | undefined, edge: RunningEdge): RunningEdge["drain"] {
  return (graceMs) => {
    fleet?.leave();
    return edge.drain(graceMs);
  };
}

/** Those of the ledger go before those of the file. */
async function settingsAtStart(
  fleet: FleetMembership | undefined,
  config: LoadedConfig | undefined,
): Promise<Settings> {
  await fleet?.arrived(ARRIVAL_MAX_MS);
  const started = config?.settings ?? defaultSettings;
  return fleet?.settingsNow(started) ?? started;
}

/** Where the sites come from. In `antipode dev` they are the ledger's and the rest is in a file. */
function siteSource(
  { origin, config: file, control }: Readonly<Record<"origin" | "config" | "control", unknown>>,
  config: LoadedConfig | undefined,
): "dev" | "one" {
  if (config?.isDev === true && control !== undefined) return "dev";
  if ([origin, file, control].filter((from) => from !== undefined).length === 1) return "one";
  throw new UsageError(
    "give one of --origin URL (one site), --config FILE (the sites of a file), --control URL (the sites of a ledger)",
  );
}

/** Where it listens, unless that is everywhere or not known yet. */
function listenUrl({ host, port }: HostPort, scheme: "http" | "https"): readonly string[] | undefined {
  if (port === 0 || host === "0.0.0.0" || host === "::") return undefined;
  return [`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`];
}

/** Each record goes to who observes, and counts for the fleet. */
function recordedBy(observation: Observation, fleet: FleetMembership | undefined) {
  const onRecord = (record: RequestRecord): void => {
    observation.onRecord(record);
    fleet?.count();
  };
  return { ...observation, onRecord };
}

/** The answer to why a request would be answered as it would; undefined: the question is not one. */
function whyOfAsked(edge: RunningEdge, about: unknown): unknown {
  const question = readWhy(about);
  return question === undefined ? undefined : edge.why(question);
}

/** The answer to what a purge would touch; undefined: the question is not one. */
function previewOf(edge: RunningEdge, about: unknown): unknown {
  const purge = readPurge(about);
  const site = isMembers(about) ? textMember(about, "site") : undefined;
  return purge === undefined || site === undefined ? undefined : edge.purgePreview(site, purge);
}

type StoreOptions = Pick<
  EdgeOptions,
  "memoryBytes" | "policy" | "lower" | "moreStatus" | "lowerMayAnswer" | "lowerSample"
>;

function storeOptions(
  { memory, policy }: { readonly memory: number; readonly policy: EvictionPolicy },
  disk: DiskTier | undefined,
  fleet: FleetMembership | undefined,
): StoreOptions {
  const inMemory = { memoryBytes: memory, policy };
  if (disk === undefined) return inMemory;
  const lowerMayAnswer = () => fleet?.restoredMayAnswer() ?? true;
  return { ...inMemory, lower: disk.store, moreStatus: disk.status, lowerMayAnswer, lowerSample: () => sampleOf(disk) };
}

/** Objects of the disk that are read to tell what a purge would touch there. */
const DISK_SAMPLE = 400;

async function sampleOf({ store }: DiskTier): Promise<HeldSample> {
  const { held, entriesInAll } = await sampleOfDisk(store, DISK_SAMPLE);
  const inTheForm = held.map(({ key, response, bytes }) => ({ key, variants: [{ ...response, body: { bytes } }] }));
  return { held: inTheForm, entriesInAll };
}

/** In `antipode dev` the router runs on this machine. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];

function keysByCountry(config: LoadedConfig | undefined): boolean {
  return config !== undefined && [...config.sites.values()].some((site) => site.keysByCountry);
}

/** One site for every host. */
function anySite(origin: URL | undefined, profile: "safe" | "rfc9111"): Edge<ByteBody>["findSite"] {
  const made = singleSite({ originUrl: String(origin), profile, appliedAtMs: Date.now() });
  if ("problems" in made) {
    throw new UsageError(`--origin ${origin}: ${made.problems.map(({ message }) => message).join("; ")}`);
  }
  return () => made.site;
}

/** The upstream as if the origin were where the config says it is. */
function farUpstream(near: Upstream<ByteBody>, config: LoadedConfig | undefined, id: string): Upstream<ByteBody> {
  const here = config?.edges.get(id)?.at;
  const there = config?.originAt;
  if (here === undefined || there === undefined) {
    throw new UsageError(
      "--wan needs a config that says where the edge and the origin are; `antipode dev --wan` makes one",
    );
  }
  return delayedUpstream(near, systemClock, fibreRttMs(distanceKm(here, there)));
}
