/** An edge on Cloudflare Workers: the same engine, in front of the origin that ORIGIN names or of the bundled sites. */

import { env } from "cloudflare:workers";
import { bundledAtMs, bundledConfig } from "#worker-config";
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import { AppliedPurges } from "../core/ledger/applied-purges.ts";
import { logLine } from "../core/log/log-line.ts";
import type { Handler } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { passingOn } from "../core/trace/observed.ts";
import { poolLimits } from "../origin/pool-limits.ts";
import { Pools } from "../origin/pools.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { workersClock as clock } from "../runtime/workers/clock.ts";
import { dataPointOf } from "../runtime/workers/data-point.ts";
import { webHashing } from "../runtime/workers/hashing.ts";
import { answerRequest, plain } from "../runtime/workers/listener.ts";
import { withStoreReason } from "../runtime/workers/store-reason.ts";
import { Stores } from "../runtime/workers/stores.ts";
import { fetchUpstream } from "../runtime/workers/upstream.ts";
import type { Edge } from "./edge.ts";
import { Flights } from "./flights.ts";
import { HoldDown } from "./hold-down.ts";
import { PassMarkers } from "./pass-markers.ts";
import { serve } from "./serve.ts";
import { type ReadySites, workerSites } from "./worker-sites.ts";
import { readVariables, type WorkerOptions, type WorkerVariables } from "./worker-variables.ts";

/** Variables and bindings of wrangler.toml, and secrets. */
export interface Environment extends WorkerVariables {
  readonly [name: string]: unknown;
  readonly BUCKET?: R2Bucket;
  readonly METRICS?: AnalyticsEngineDataset;
}

/** A body longer than this is relayed and not stored: an isolate has 128 MB for all requests. */
const OBJECT_MAX_BYTES = 8 * 1024 * 1024;
/** Of all bodies on their way: a Worker has 128 MiB for everything. */
const FILLS_MAX_BYTES = 32 * 1024 * 1024;
/** Requests that wait for others of the same isolate. */
const WAITERS_MAX_BYTES = 16 * 1024 * 1024;
const HIT_FOR_PASS_KEYS_MAX = 10_000;
/** Invalidated URIs and groups, and paths with No-Vary-Search, that an isolate remembers. */
const REMEMBERED_MAX = 10_000;

/** What lives as long as the isolate; the store, the background and the client's country belong to one request. */
interface Isolate {
  readonly shared: Omit<Edge<ByteBody>, "store" | "inBackground">;
  readonly stores: Stores;
  readonly maxBodyBytes: number;
}

/** Answers the requests of one isolate. */
export type WorkerFetch = (request: Request, context: Pick<ExecutionContext, "waitUntil">) => Promise<Response>;

/** Starts an edge. What is wrong is logged at once, all of it, and is the answer to every request. */
export function startWorker(environment: Environment, bundled: unknown, appliedAtMs: number): WorkerFetch {
  const { options, problems: wrongVariables } = readVariables(environment);
  const sites = workerSites(environment, bundled, appliedAtMs);
  const problems = [...wrongVariables, ...(sites.kind === "problems" ? sites.problems : [])];
  if (sites.kind === "problems" || problems.length > 0) {
    for (const problem of problems) console.error(`Antipode is not set up: ${problem}`);
    return async () => plain(500, `Antipode is not set up:\n${problems.join("\n")}`);
  }
  const isolate = isolateOf(environment, options, sites);
  return (request, context) => answer(isolate, request, context);
}

// Before the first request: `wrangler dev` and the log of each new isolate say what is wrong.
const fetchHere = startWorker(env as Environment, bundledConfig, bundledAtMs);

export default {
  fetch: (request: Request, _environment: Environment, context: ExecutionContext) => fetchHere(request, context),
} satisfies ExportedHandler<Environment>;

function answer(
  { shared, stores, maxBodyBytes }: Isolate,
  request: Request,
  context: Pick<ExecutionContext, "waitUntil">,
): Promise<Response> {
  const inBackground = (work: Promise<unknown>): void => context.waitUntil(work.catch(reportBug));
  const country = countryOf(request);
  const record = (made: RequestRecord): void => shared.record(country === undefined ? made : { ...made, country });
  const { host } = new URL(request.url);
  const handler: Handler<ByteBody> = async (incoming) => {
    const { store, reason } = await stores.choose(host, inBackground);
    return withStoreReason(await serve({ ...shared, record, store, inBackground }, incoming), reason);
  };
  const recorder = { node: shared.id, role: "edge", record, onError: reportBug } as const;
  return answerRequest(handler, request, { ...recorder, clock, maxBodyBytes, inBackground });
}

function isolateOf(environment: Environment, options: WorkerOptions, { settings, findSite }: ReadySites): Isolate {
  const shared: Isolate["shared"] = {
    id: options.id,
    clock,
    bodies: byteBodies,
    upstream: fetchUpstream,
    hashing: webHashing,
    limits: {
      memoryObjectMaxBytes: Math.min(settings.memoryObjectMaxBytes, OBJECT_MAX_BYTES),
      varyFieldsMax: settings.varyFieldsMax,
      variantsPerKeyMax: settings.variantsPerKeyMax,
      tagsPerResponseMax: settings.tagsPerResponseMax,
      tagsPerResponseMaxBytes: settings.tagsPerResponseMaxBytes,
      cacheKeyMaxBytes: settings.cacheKeyMaxBytes,
      maxWaitersPerKey: settings.maxWaitersPerKey,
      waitersMaxBytes: Math.min(settings.waitersMaxBytes, WAITERS_MAX_BYTES),
      leaderReplacementsMax: settings.leaderReplacementsMax,
      waiterLagMaxBytes: settings.waiterLagMaxBytes,
      readerPatienceMs: settings.readerPatienceMs,
      laggingReadersMax: settings.laggingReadersMax,
      fillsMaxBytes: Math.min(settings.fillsMaxBytes, FILLS_MAX_BYTES),
      unreadFillKeepPercent: settings.unreadFillKeepPercent,
      sliceBytes: settings.sliceBytes,
      rangesPerRequestMax: settings.rangesPerRequestMax,
      hitForPassSeconds: settings.hitForPassSeconds,
      errorHoldDownMs: settings.errorHoldDownMs,
      hopsMax: settings.hopsMax,
      forwardedHeaderTotalMaxBytes: settings.forwardedHeaderTotalMaxBytes,
    },
    pools: new Pools(poolLimits(settings), clock),
    flights: new Flights(),
    passMarkers: new PassMarkers({ maxKeys: Math.min(settings.hitForPassKeysMax, HIT_FOR_PASS_KEYS_MAX) }),
    holdDown: new HoldDown({ maxKeys: HIT_FOR_PASS_KEYS_MAX }),
    invalidations: new Invalidations({ maxUris: REMEMBERED_MAX, maxNames: REMEMBERED_MAX }),
    purges: new AppliedPurges(),
    searches: new SearchVariances({ maxPaths: REMEMBERED_MAX }),
    observing: { ...passingOn(() => clock.random()), debugToken: options.debugToken },
    findSite,
    clientOf: (peerAddress) => ({ clientAddress: peerAddress, earlierAddresses: [] }),
    record: recording(environment.METRICS, options),
  };
  const stores = new Stores({
    cache: caches.default,
    bucket: environment.BUCKET,
    variantsPerKeyMax: settings.variantsPerKeyMax,
  });
  return { shared, stores, maxBodyBytes: settings.requestBodyMaxBytes };
}

/** Where records go: to the log, to the dataset, to both or nowhere. */
function recording(
  metrics: AnalyticsEngineDataset | undefined,
  { logs, redaction }: WorkerOptions,
): (record: RequestRecord) => void {
  const line = logLine("json", redaction);
  return (record) => {
    if (logs) console.log(line(record).trimEnd());
    metrics?.writeDataPoint(dataPointOf(record));
  };
}

/** Two letters; the platform also knows `XX` (unknown) and `T1` (Tor). */
function countryOf({ cf }: Request): string | undefined {
  return typeof cf?.country === "string" ? cf.country : undefined;
}

function reportBug(error: unknown): void {
  console.error(error);
}
