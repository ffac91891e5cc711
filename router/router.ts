/** What a router is made of. */
import type { Coordinates } from "../core/config/types.ts";
import type { RequestHead } from "../core/http/fields.ts";
import type { ClientAddress } from "../core/net/client-address.ts";
import type { Bodies, Clock, Target, Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import type { BeaconRules, ReportCount } from "../core/route/beacon.ts";
import type { Observing } from "../core/trace/observed.ts";
import type { ClientSample, Decider } from "./decider.ts";
import type { Watch } from "./watch.ts";

/** How the answer to "which edge?" is given. */
export type RouterMode = "proxy" | "redirect";

/** An edge as the router knows it. */
export interface RouterEdge {
  readonly id: string;
  readonly at: Coordinates | undefined;
  /** Where its public listener is reached. */
  readonly target: Target;
  /** The base of redirects to it: `https://fra.example.net`. Undefined: it can only be proxied to. */
  readonly redirectBase: string | undefined;
  readonly region?: string | undefined;
  /** Its public addresses, for DNS answers. */
  readonly addresses?: readonly string[] | undefined;
  /** Requests a second that it can take. */
  readonly capacityPerSecond?: number | undefined;
  /** What its traffic costs more than that of others, in milliseconds of round trip that it is worth. */
  readonly costMs?: number | undefined;
  /** What it may send in a calendar month. */
  readonly transferQuotaBytes?: number | undefined;
}

/** What a site demands of the routing of its requests. */
export interface SiteRouting {
  /** Only edges of these regions. Undefined: all. */
  readonly regions: readonly string[] | undefined;
  /** Rather no answer than one from an edge that is not well. */
  readonly failClosed: boolean;
}

/** Limits of a router. */
export interface RouterLimits {
  /** How many further edges a request is tried on when the one before gave no answer. */
  readonly retriesMax: number;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly betweenBytesMs: number;
  readonly hopsMax: number;
}

/** A router. */
export interface Router<B> {
  readonly id: string;
  readonly mode: RouterMode;
  readonly clock: Clock;
  readonly bodies: Bodies<B>;
  readonly upstream: Upstream<B>;
  readonly edges: readonly RouterEdge[];
  readonly decider: Decider;
  readonly watch: Watch<B>;
  readonly limits: RouterLimits;
  /** Adds the real delay between client and edge (`--wan`). */
  readonly realDelays: boolean;
  /** Traces and the debug token; absent: traces are passed on, and that is all. */
  readonly observing?: Observing;
  /** Pages are told which edges to time, and report; absent: `/.antipode/beacon.js` is none of the router's. */
  readonly beacon?: { readonly rules: BeaconRules; readonly count: ReportCount };
  clientOf(peerAddress: string, request: RequestHead): ClientAddress;
  /** Tells other routers what a client has measured here. */
  onSample?(sample: ClientSample): void;
  /** Called exactly once for each request. */
  record(record: RequestRecord): void;
}
