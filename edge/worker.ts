/** An edge on Cloudflare Workers: the same engine, in front of the origin that ORIGIN names or of the bundled sites. */
import { bundledConfig } from "#worker-config";
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import type { RequestRecord } from "../core/record.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { workersClock as clock } from "../runtime/workers/clock.ts";
import { answerRequest, plain } from "../runtime/workers/listener.ts";
import { withStoreReason } from "../runtime/workers/store-reason.ts";
import { Stores } from "../runtime/workers/stores.ts";
import { fetchUpstream } from "../runtime/workers/upstream.ts";
import type { Edge } from "./edge.ts";
import { Flights } from "./flights.ts";
import { PassMarkers } from "./pass-markers.ts";
import { serve } from "./serve.ts";
import { type SiteVariables, workerSites } from "./worker-sites.ts";

/** Variables and bindings of wrangler.toml. */
export interface Environment extends SiteVariables {
  /** The name in Cache-Status. */
  readonly EDGE_ID?: string;
  /** "json": one line per request in the log. */
  readonly ACCESS_LOG?: string;
  /** The permanent tier. */
  readonly BUCKET?: R2Bucket;
}

/** A body longer than this is relayed and not stored: an isolate has 128 MB for all requests. */
const OBJECT_MAX_BYTES = 8 * 1024 * 1024;
/** Requests that wait for others of the same isolate. */
const WAITERS_MAX_BYTES = 16 * 1024 * 1024;
const HIT_FOR_PASS_KEYS_MAX = 10_000;
/** Invalidated URIs and groups, and paths with No-Vary-Search, that an isolate remembers. */
const REMEMBERED_MAX = 10_000;

/** What lives as long as the isolate; the store and the background belong to one request. */
interface Isolate {
  readonly shared: Omit<Edge<ByteBody>, "store" | "inBackground">;
  readonly stores: Stores;
  readonly maxBodyBytes: number;
}

let isolate: Isolate | readonly string[] | undefined;

export default {
  async fetch(request: Request, environment: Environment, context: ExecutionContext): Promise<Response> {
    isolate ??= start(environment);
    if ("length" in isolate) return plain(500, `Antipode is not set up:\n${isolate.join("\n")}`);
    const { shared, stores, maxBodyBytes } = isolate;
    const inBackground = (work: Promise<unknown>): void => context.waitUntil(work.catch(reportBug));
    try {
      const { store, reason } = await stores.choose(new URL(request.url).host, inBackground);
      const edge: Edge<ByteBody> = { ...shared, store, inBackground };
      return await answerRequest(async (incoming) => withStoreReason(await serve(edge, incoming), reason), request, {
        nowMs: clock.nowMs(),
        maxBodyBytes,
        inBackground,
      });
    } catch (error) {
      reportBug(error);
      return plain(500);
    }
  },
} satisfies ExportedHandler<Environment>;

function start(environment: Environment): Isolate | readonly string[] {
  const sites = workerSites(environment, bundledConfig, clock.nowMs());
  if (sites.kind === "problems") {
    for (const problem of sites.problems) console.error(problem);
    return sites.problems;
  }
  const { settings } = sites;
  const shared: Isolate["shared"] = {
    id: environment.EDGE_ID ?? "workers",
    clock,
    bodies: byteBodies,
    upstream: fetchUpstream,
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
      laggingReadersMax: settings.laggingReadersMax,
      unreadFillKeepPercent: settings.unreadFillKeepPercent,
      hitForPassSeconds: settings.hitForPassSeconds,
      hopsMax: settings.hopsMax,
      forwardedHeaderTotalMaxBytes: settings.forwardedHeaderTotalMaxBytes,
    },
    flights: new Flights(),
    passMarkers: new PassMarkers({ maxKeys: Math.min(settings.hitForPassKeysMax, HIT_FOR_PASS_KEYS_MAX) }),
    invalidations: new Invalidations({ maxUris: REMEMBERED_MAX, maxNames: REMEMBERED_MAX }),
    searches: new SearchVariances({ maxPaths: REMEMBERED_MAX }),
    findSite: sites.findSite,
    clientOf: (peerAddress) => ({ clientAddress: peerAddress, earlierAddresses: [] }),
    record: environment.ACCESS_LOG === "json" ? writeRecord : () => {},
  };
  const stores = new Stores({
    cache: caches.default,
    bucket: environment.BUCKET,
    variantsPerKeyMax: settings.variantsPerKeyMax,
  });
  return { shared, stores, maxBodyBytes: settings.requestBodyMaxBytes };
}

function writeRecord(record: RequestRecord): void {
  console.log(JSON.stringify(record));
}

function reportBug(error: unknown): void {
  console.error(error);
}
