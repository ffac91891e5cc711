/** An edge on Node: the engine, its adapters, its two listeners. */

import type { EvictionPolicy } from "../core/cache/admission/eviction.ts";
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import { AppliedPurges, type PurgeState } from "../core/ledger/applied-purges.ts";
import type { Purge } from "../core/ledger/purges.ts";
import { connectionSamples, type Sample } from "../core/metrics/metrics-text.ts";
import type { Cidr } from "../core/net/address.ts";
import { clientAddress } from "../core/net/client-address.ts";
import { type RateLimits, Rates } from "../core/overload/rates.ts";
import { LOAD_LIMITS, type LoadLimits, Shedder } from "../core/overload/shedder.ts";
import type { Clock, Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import type { Observing } from "../core/trace/observed.ts";
import { HealthChecks } from "../origin/health-checks.ts";
import type { PoolLimits } from "../origin/pool.ts";
import { Pools } from "../origin/pools.ts";
import { type ByteBody, packingBodies } from "../runtime/memory/bodies.ts";
import { bodyText } from "../runtime/memory/body-text.ts";
import { MemoryStore } from "../runtime/memory/store.ts";
import { type LowerTier, TieredStore } from "../runtime/memory/tiered-store.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { recordingFailures } from "../runtime/node/failure-record.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import type { ListenerLimits } from "../runtime/node/http1/listener-options.ts";
import { readyText } from "../runtime/node/http1/ready-head.ts";
import { type HostPort, listenBoth } from "../runtime/node/listen-both.ts";
import { monitorLoad } from "../runtime/node/load-monitor.ts";
import { LoopTurn } from "../runtime/node/loop-turn.ts";
import { ProcessMetrics } from "../runtime/node/process-metrics.ts";
import { refusalRecord } from "../runtime/node/refusal-record.ts";
import type { TlsOptions } from "../runtime/node/tls/accept-tls.ts";
import { adminHandler } from "./admin.ts";
import { Counters } from "./counters.ts";
import type { Edge, EdgeLimits, EdgeSite } from "./edge.ts";
import { Flights } from "./flights.ts";
import { HoldDown } from "./hold-down.ts";
import { LastAnswers } from "./last-answers.ts";
import { PassMarkers } from "./pass-markers.ts";
import { type HeldSample, type PreviewParts, type PurgePreview, purgePreview } from "./purge-preview.ts";
import { ReadyHits } from "./ready.ts";
import { RecentRequests } from "./recent-requests.ts";
import { serve } from "./serve.ts";
import { shareAmong } from "./store-shares.ts";
import { type Why, type WhyQuestion, whyOf } from "./why.ts";

/** Invalidated URIs and groups, and paths with No-Vary-Search, that an edge remembers. */
const REMEMBERED_MAX = 100_000;

/** Keys that are not fetched again at once after a failure. */
const HELD_KEYS_MAX = 10_000;

/** What an edge has for work under way, besides its store's content. */
const MEMORY_BESIDE_STORE_BYTES = 256 * 1_048_576;

/** Shares of it from which on nothing new is stored, and work is turned away. */
export interface MemoryPercents {
  readonly stopStoring: number;
  readonly refuse: number;
}

const MEMORY_PERCENTS: MemoryPercents = { stopStoring: 80, refuse: 90 };

/** What an edge is started with. */
export interface EdgeOptions {
  readonly id: string;
  readonly version: string;
  readonly listen: HostPort;
  /** Both listeners share their addresses with other processes. */
  readonly reusePort?: boolean;
  /** The public listener is secured. */
  readonly tls?: TlsOptions;
  readonly admin: HostPort | undefined;
  readonly memoryBytes: number;
  /** Who leaves memory when room is needed; `adaptive` where nothing is said. */
  readonly policy?: EvictionPolicy;
  /** A store below memory, and whether what it brought from before this start may answer. */
  readonly lower?: LowerTier<ByteBody>;
  lowerMayAnswer?(): boolean;
  /** Some of what is in the store below memory. */
  lowerSample?(): Promise<HeldSample>;
  readonly memoryPercents?: MemoryPercents;
  readonly limits: EdgeLimits;
  readonly hitForPassKeysMax: number;
  readonly upstream: Upstream<ByteBody>;
  /** The bounds of origin pools. */
  readonly poolLimits: PoolLimits;
  readonly trustedProxies: readonly Cidr[];
  /** How often one remote address may ask; absent: as often as it likes. */
  readonly rateLimits?: RateLimits;
  /** Limits of the public listener; its start values where nothing is said. */
  readonly listenerLimits?: Partial<ListenerLimits>;
  /** Connections from these begin with a PROXY header. */
  readonly proxyProtocolFrom?: readonly Cidr[];
  /** Traces and the debug token. */
  readonly observing?: Observing;
  /** Pages may measure here; absent: they cannot. */
  readonly beacon?: Edge<ByteBody>["beacon"];
  findSite(authority: string): EdgeSite | undefined;
  /** Sites whose origins are checked, if they ask for it, and that have their shares of the store. */
  readonly sites?: readonly EdgeSite[];
  /** The country of an address, for sites that have it in their keys; absent: unknown. */
  countryOf?(address: string): string | undefined;
  /** Gets to make the ledger's purges count, before the edge listens: what was purged must not answer the first request. */
  followPurges?(apply: (state: PurgeState) => void): void;
  /** Why it is not ready, besides draining; absent or undefined: it is. */
  notReady?(): string | undefined;
  /** What else `/metrics` and `/status.json` show, besides the edge's own. */
  moreSamples?(): readonly Sample[];
  moreStatus?(): Readonly<Record<string, unknown>>;
  /** Called once per request, after it has been counted. */
  onRecord(record: RequestRecord): void;
  /** A bug of ours, caught at the border: the request got a 500. */
  onError(error: unknown): void;
}

/** A running edge. */
export interface RunningEdge {
  readonly listening: HostPort;
  readonly admin: HostPort | undefined;
  /** Share of what its listener can take that is used: connections, bytes that wait for clients; 1 while it sheds work. */
  used(): number;
  /** The sites whose origins are checked from now on, if they ask for it, and that have their shares of the store. */
  adoptSites(sites: readonly EdgeSite[]): void;
  /** Why a request would be answered as it would. */
  why(question: WhyQuestion): Promise<Why>;
  /** What a purge would touch here. */
  purgePreview(site: string, purge: Pick<Purge, "scope" | "values">): Promise<PurgePreview>;
  /** Not ready from now on; finishes what is under way within `graceMs`, then cuts it. */
  drain(graceMs: number): Promise<void>;
}

/** Starts an edge. Fails with a sentence for people when it cannot listen. */
export async function startEdge(options: EdgeOptions, clock: Clock = systemClock): Promise<RunningEdge> {
  let draining = false;
  const { counters, rates, recent, last, record } = accounts(options, clock);
  const { id, onError, version } = options;
  const shedder = new Shedder(loadLimits(options.memoryPercents));
  const store = storeOf(options, clock);
  const edge: Edge<ByteBody> = {
    ...{ id, clock, record, store },
    ...{ bodies: packingBodies(), upstream: options.upstream, hashing: nodeHashing },
    limits: options.limits,
    pools: new Pools(options.poolLimits, clock),
    flights: new Flights(),
    ...emptyMemory(options),
    findSite: options.findSite,
    countryOf: (address) => options.countryOf?.(address),
    clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, options.trustedProxies),
    inBackground: (work) => void work.catch(onError),
    ...roomOf(shedder, clock),
    ...partsOf(options, rates),
  };
  options.followPurges?.((state) => edge.purges.adopt(state, edge.invalidations.moment(clock.nowMs())));
  const care = siteCare(edge, options.sites);
  const process = new ProcessMetrics();
  const more = () => options.moreSamples?.() ?? [];
  const processSamples = () => [...process.samples(), ...connectionSamples(listeners.main, listeners.admin), ...more()];
  const notReady = () => (draining ? "draining" : options.notReady?.());
  const seen = { startedAtMs: clock.nowMs(), version, notReady, processSamples, moreStatus: options.moreStatus };
  const view = { edge, counters, ...seen };
  const onRefused = refusalRecord(id, "edge", record);
  const { trustedProxies, proxyProtocolFrom, reusePort = false, listenerLimits: limits = {} } = options;
  const { tls } = options;
  const proxied = { ...(proxyProtocolFrom !== undefined && { proxyProtocolFrom }), ...(tls && { tls }) };
  const sink = { node: id, role: "edge", record, onError } as const;
  const ready = new ReadyHits(edge, readyText);
  const siteOf = (authority: string) => options.findSite(authority)?.name;
  const handler = recordingFailures((incoming) => serve(edge, incoming), sink);
  const listeners = await listenBoth(
    { ...options.listen, reusePort, handler, ready, onError, onRefused, trustedProxies, limits, siteOf, ...proxied },
    options.admin && { ...options.admin, reusePort, handler: adminHandler(view), onError },
  );
  const inFlightBytes = () => listeners.main.queuedBytes();
  const stopMonitor = monitorLoad(shedder, { inFlightBytes, storeBytes: () => edge.store.usage().bytes });
  return {
    listening: listeners.main.address,
    admin: listeners.admin?.address,
    adoptSites: care.adopt,
    used: () => usedShare(listeners.main, limits, shedder),
    why: (question) => whyOf(edge, last, question),
    purgePreview: (site, purge) => purgePreview(previewParts(edge, { store, recent }, options), site, purge),
    drain: async (graceMs) => {
      // Who asks at a shared address is to hear of the process that stays.
      draining = !reusePort;
      await listeners.close(graceMs);
      process.stop();
      stopMonitor();
      care.stop();
    },
  };
}

function previewParts(
  edge: Edge<ByteBody>,
  { store, recent }: { readonly store: ReturnType<typeof storeOf>; readonly recent: RecentRequests },
  { lowerSample: sample }: EdgeOptions,
): PreviewParts {
  const memory = () => (store instanceof TieredStore ? store.memory : store).contents();
  return { edge, memory, recent, sample };
}

/** What an edge has only where it is asked for. */
function partsOf(
  { observing, beacon }: EdgeOptions,
  rates: Rates | undefined,
): Pick<Edge<ByteBody>, "observing" | "beacon" | "rates"> {
  return { ...(observing && { observing }), ...(beacon && { beacon }), ...(rates && { rates }) };
}

function usedShare(
  listener: { connections(): number; queuedBytes(): number },
  { connections: connectionsMax = Number.POSITIVE_INFINITY }: Partial<ListenerLimits>,
  { level }: Shedder,
): number {
  const waiting = listener.queuedBytes() / LOAD_LIMITS.inFlightMaxBytes;
  return Math.max(listener.connections() / connectionsMax, waiting, level > 0 ? 1 : 0);
}

/** What is counted of each request, once it is over. */
function accounts(options: EdgeOptions, clock: Clock) {
  const counters = new Counters();
  const rates = options.rateLimits && new Rates(options.rateLimits, options.trustedProxies);
  const recent = new RecentRequests();
  const last = new LastAnswers();
  const record = (made: RequestRecord): void => {
    counters.add(made);
    if (made.key !== undefined) recent.add(made.key, made.atMs);
    last.add(made);
    rates?.answered(made.clientAddress, made.status, clock.nowMs());
    options.onRecord(made);
  };
  return { counters, rates, recent, last, record };
}

function storeOf(options: EdgeOptions, clock: Clock): MemoryStore<ByteBody> | TieredStore<ByteBody> {
  const { memoryBytes, limits, policy = "adaptive", lower, onError } = options;
  const seed = Math.floor(clock.random() * 2 ** 32);
  const memory = { maxBytes: memoryBytes, variantsPerKeyMax: limits.variantsPerKeyMax, policy, seed };
  if (lower === undefined) return new MemoryStore(memory);
  const inBackground = (work: Promise<unknown>) => void work.catch(onError);
  return new TieredStore({ ...memory, lower, inBackground, lowerMayAnswer: () => options.lowerMayAnswer?.() ?? true });
}

/** What an edge does for its sites beside requests. */
function siteCare(edge: Edge<ByteBody>, sites: readonly EdgeSite[] = []) {
  const { clock, upstream, bodies, pools, hashing, store } = edge;
  const checks = new HealthChecks<ByteBody, EdgeSite>({ clock, upstream, bodies, pools, hashing, readText: bodyText });
  const share = shareAmong(store);
  const adopt = (adopted: readonly EdgeSite[]): void => {
    share(adopted);
    checks.start(adopted);
  };
  adopt(sites);
  return { adopt, stop: () => checks.stop() };
}

/** What an edge remembers besides its store. */
function emptyMemory(
  options: EdgeOptions,
): Pick<Edge<ByteBody>, "passMarkers" | "holdDown" | "invalidations" | "purges" | "searches"> {
  return {
    passMarkers: new PassMarkers({ maxKeys: options.hitForPassKeysMax }),
    holdDown: new HoldDown({ maxKeys: HELD_KEYS_MAX }),
    invalidations: new Invalidations({ maxUris: REMEMBERED_MAX, maxNames: REMEMBERED_MAX }, options.lower?.names),
    purges: new AppliedPurges(),
    searches: new SearchVariances({ maxPaths: REMEMBERED_MAX }),
  };
}

function roomOf(shedder: Shedder, clock: Clock): Pick<Edge<ByteBody>, "sheds" | "mayRetry" | "mayStore"> {
  const turn = new LoopTurn();
  return {
    sheds: (work) => shedder.level > 0 && shedder.sheds(work, clock.random(), turn.ageMs()),
    mayRetry: () => shedder.mayRetry,
    mayStore: () => shedder.mayStore,
  };
}

function loadLimits({ stopStoring, refuse }: MemoryPercents = MEMORY_PERCENTS): LoadLimits {
  const memoryStoreMaxBytes = (MEMORY_BESIDE_STORE_BYTES * stopStoring) / 100;
  return { ...LOAD_LIMITS, memoryStoreMaxBytes, memoryMaxBytes: (MEMORY_BESIDE_STORE_BYTES * refuse) / 100 };
}
