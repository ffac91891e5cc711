/** What an edge is made of: its name, its parts, its sites. Everything that lives longer than one request. */
import type { AdmitLimits } from "../core/cache/admit.ts";
import type { Invalidations } from "../core/cache/invalidations.ts";
import type { SearchVariances } from "../core/cache/search-variances.ts";
import type { CompiledSite } from "../core/config/compiled-site.ts";
import type { RequestHead } from "../core/http/fields.ts";
import type { AppliedPurges } from "../core/ledger/applied-purges.ts";
import type { Rates } from "../core/overload/rates.ts";
import type { Work } from "../core/overload/shedder.ts";
import type { Bodies, Clock, Hashing, Store, Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import type { BeaconRules, ReportCount, Timed, TimedEdge } from "../core/route/beacon.ts";
import type { Observing } from "../core/trace/observed.ts";
import type { Pools } from "../origin/pools.ts";
import type { FlightLimits, Flights } from "./flights.ts";
import type { HoldDown } from "./hold-down.ts";
import type { PassMarkers } from "./pass-markers.ts";

/** A site as an edge serves it: what is compiled from the config. */
export type EdgeSite = CompiledSite;

/** Limits of an edge, each with its unit in its name. */
export interface EdgeLimits extends AdmitLimits, FlightLimits {
  /** A body longer than this is not kept in memory. */
  readonly memoryObjectMaxBytes: number;
  /** What all bodies on their way may hold in memory. */
  readonly fillsMaxBytes: number;
  /** A request whose key is longer has nothing to do with the cache. */
  readonly cacheKeyMaxBytes: number;
  /** How far a reader of a fill may be behind the fastest one, and how many readers may have fallen further behind. */
  readonly waiterLagMaxBytes: number;
  readonly readerPatienceMs: number;
  readonly laggingReadersMax: number;
  /** A fill whose clients have all left goes on when at least this share of it has come. */
  readonly unreadFillKeepPercent: number;
  /** Size of the slices in which an object is fetched when a range of it is asked for first. */
  readonly sliceBytes: number;
  /** Ranges in one request; with more the whole is sent. */
  readonly rangesPerRequestMax: number;
  /** Variants that the store keeps of one key. */
  readonly variantsPerKeyMax: number;
  readonly hitForPassSeconds: number;
  /** How long a key is not fetched again for which no origin could be connected to; 0: it is at once. */
  readonly errorHoldDownMs: number;
  /** How often a request may pass nodes of an Antipode before it is taken for a loop. */
  readonly hopsMax: number;
  /** All header lines of a request to an origin; a client whose own are longer gets 431 (CPDoS). */
  readonly forwardedHeaderTotalMaxBytes: number;
}

/** What an edge does for pages that measure. */
export interface EdgeBeacon {
  readonly rules: BeaconRules;
  readonly count: ReportCount;
  /** Which edges they are to time: itself first. */
  plan(): readonly TimedEdge[];
  /** Passes on what a client has measured. */
  take(clientAddress: string, timed: readonly Timed[]): void;
}

/** An edge. */
export interface Edge<B> {
  /** Its name in Cache-Status, Via and CDN-Loop. */
  readonly id: string;
  readonly clock: Clock;
  readonly store: Store<B>;
  readonly bodies: Bodies<B>;
  readonly upstream: Upstream<B>;
  /** Signs requests to origins that want it. */
  readonly hashing: Hashing;
  readonly limits: EdgeLimits;
  /** What is known of the sites' origins. */
  readonly pools: Pools<EdgeSite>;
  readonly flights: Flights<B>;
  readonly passMarkers: PassMarkers;
  readonly holdDown: HoldDown;
  /** What unsafe requests have made invalid. */
  readonly invalidations: Invalidations;
  /** What the ledger says was purged; empty outside a fleet. */
  readonly purges: AppliedPurges;
  /** What responses have said about queries that do not matter. */
  readonly searches: SearchVariances;
  /** Traces and the debug token; absent: traces are passed on, and that is all. */
  readonly observing?: Observing;
  /** Absent: pages cannot measure here. */
  readonly beacon?: EdgeBeacon;
  /** The site of a host name, or undefined: then 421. */
  findSite(authority: string): EdgeSite | undefined;
  /** The client's address, and those before it that trusted proxies name. */
  clientOf(
    peerAddress: string,
    request: RequestHead,
  ): { readonly clientAddress: string; readonly earlierAddresses: readonly string[] };
  /** The country of an address, as the runtime's data has it; absent or undefined: unknown. Only asked for sites that key by it. */
  countryOf?(address: string): string | undefined;
  /** Called exactly once for each request. */
  record(record: RequestRecord): void;
  /** Whether there is no room for work of this kind now; absent: there always is. */
  sheds?(work: Work): boolean;
  /** The rates of remote addresses; absent: there are no limits on them. */
  readonly rates?: Pick<Rates, "request" | "miss">;
  /** Whether a failed request may be asked of another origin; not while work is turned away. Absent: it may. */
  mayRetry?(): boolean;
  /** Whether there is memory to keep what arrives. Absent: there is. */
  mayStore?(): boolean;
  /** Work that goes on after the answer: a refresh, a fill whose client left. */
  inBackground(work: Promise<unknown>): void;
}
