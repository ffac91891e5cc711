/** A router's mind: what it knows of places, round trips and health, and the one decision that all of it makes. */

import type { FleetHealth } from "../core/health/fleet-health.ts";
import type { TimedEdge } from "../core/route/beacon.ts";
import { beaconEdges } from "../core/route/beacon-edges.ts";
import type { ChoiceRules } from "../core/route/choice-rules.ts";
import { Chooser } from "../core/route/choose.ts";
import { edgeSetOf } from "../core/route/edge-set.ts";
import { explainRoute, type RouteDecision } from "../core/route/explain.ts";
import type { GeoProvider, Place } from "../core/route/geo.ts";
import { prefixKeyOf } from "../core/route/group-key.ts";
import { LatencyModel, type LatencyRules } from "../core/route/latency-model.ts";
import { type Lesson, learn, type SampleKind } from "../core/route/learn.ts";
import { hashText } from "../core/route/rendezvous.ts";
import type { RouteQuestion } from "../core/route/route-question.ts";
import { CHOICE_REASONS, type ChoiceReason } from "../core/route/verdict.ts";
import type { RouterEdge, RouterMode, SiteRouting } from "./router.ts";
import { TransferCount } from "./transfer-count.ts";

/** What a decider is made of. */
export interface DeciderOptions {
  readonly mode: RouterMode;
  /** In the order that holds for clients without a place. */
  readonly edges: readonly RouterEdge[];
  readonly geo: GeoProvider;
  readonly health: FleetHealth;
  readonly latencyRules: LatencyRules;
  readonly choiceRules: ChoiceRules;
  readonly nowMs: number;
  /** What the site of an authority demands; undefined: nothing. */
  siteRouting?(authority: string): SiteRouting | undefined;
}

/** Who asks for what. */
export interface Asked {
  readonly clientAddress: string;
  readonly authority: string;
  /** Undefined: only the client counts. */
  readonly target?: string;
}

/** The answer of the decision, ready to act on. */
export interface Decided {
  readonly place: Place | undefined;
  /** Best first. Empty: nobody may serve this. */
  readonly edges: readonly RouterEdge[];
  readonly reason: ChoiceReason;
}

/** One measured round trip of a client, from whatever source. */
export interface ClientSample {
  readonly clientAddress: string;
  readonly edge: string;
  readonly rttMs: number;
  readonly kind: SampleKind;
}

/** More than round trips and prices come to, but for an edge that is worse than not well. */
const ORDER_STEP_MS = 2_000;

/** Lives as long as the router. */
export class Decider {
  readonly model: LatencyModel;
  readonly #options: DeciderOptions;
  readonly #chooser: Chooser;
  readonly #weighted: readonly (RouterEdge & { readonly weight: number })[];
  /** By the regions that a site allows, as they are written in its config. */
  readonly #fences = new WeakMap<readonly string[], Uint8Array>();
  /** By the list of edges that an operator has named. */
  readonly #orders = new WeakMap<readonly string[], Float64Array>();
  readonly #reasons = new Map<ChoiceReason, number>(CHOICE_REASONS.map((reason) => [reason, 0]));
  readonly #lessons = new Map<Lesson, number>();
  readonly transfer = new TransferCount();

  constructor(options: DeciderOptions) {
    const { edges, latencyRules, choiceRules, nowMs } = options;
    this.#options = options;
    this.model = new LatencyModel(edgeSetOf(edges), nowMs, latencyRules);
    const given = edges.flatMap(({ capacityPerSecond }) => capacityPerSecond ?? []);
    const usual = given.length === 0 ? 1 : given.reduce((sum, one) => sum + one, 0) / given.length;
    this.#weighted = edges.map((edge) => ({ ...edge, weight: edge.capacityPerSecond ?? usual }));
    this.#chooser = new Chooser(this.model, this.#weighted, nowMs, choiceRules);
  }

  /** Decides for a request, and remembers what the client gets used to. At most `count` edges. */
  decide(asked: Asked, count: number, nowMs: number): Decided {
    const { health, edges } = this.#options;
    this.#turnMonth(nowMs);
    const question = this.#questionOf(asked);
    const { reason } = this.#chooser.choose(question, health.conditions(nowMs), nowMs);
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    const order = this.#chooser.order(count, question.failClosed);
    const inOrder = order.flatMap((index) => edges[index] ?? []);
    return { place: question.client.place, edges: inOrder, reason };
  }

  /** The same decision with a verdict for every edge. Nothing is remembered. */
  explain(asked: Asked, nowMs: number): RouteDecision {
    this.#turnMonth(nowMs);
    const conditions = this.#options.health.conditions(nowMs);
    return explainRoute(this.#chooser, this.#weighted, this.#questionOf(asked), conditions, nowMs);
  }

  /** Which edges a page of this client is to time: the best one known, and those that may be better. */
  timedEdges({ clientAddress, authority }: Asked, count: number, nowMs: number): readonly TimedEdge[] {
    const { edges, health } = this.#options;
    const conditions = health.conditions(nowMs);
    const question = this.#questionOf({ clientAddress, authority });
    const { estimates } = this.#chooser.consider(question, conditions, nowMs);
    const isTimed = (edge: number) =>
      conditions[edge]?.state === "up" && edges[edge]?.redirectBase !== undefined && question.allowed?.[edge] !== 0;
    return beaconEdges(estimates, isTimed, count).flatMap((edge) => {
      const { id, redirectBase: base } = edges[edge] ?? {};
      return id === undefined || base === undefined ? [] : { id, base };
    });
  }

  /** A request went to an edge. */
  sent(edge: string, nowMs: number): void {
    this.#chooser.assigned.add(this.model.edges.indexOf.get(edge) ?? -1, nowMs);
  }

  /** An edge has sent so much through us. */
  transferred(edge: string, bytes: number, nowMs: number): void {
    this.#turnMonth(nowMs);
    const number = this.model.edges.indexOf.get(edge) ?? -1;
    const quota = this.#options.edges[number]?.transferQuotaBytes;
    if (quota !== undefined) this.#chooser.quotaUsed[number] = this.transfer.add(edge, bytes, nowMs) / quota;
  }

  /** Takes a measured round trip. */
  learn({ clientAddress, edge, rttMs, kind }: ClientSample, nowMs: number): Lesson {
    const number = this.model.edges.indexOf.get(edge) ?? -1;
    const client = this.#clientOf(clientAddress);
    const lesson = learn(this.model, { client, edge: number, rttMs, kind }, nowMs);
    this.#lessons.set(lesson, (this.#lessons.get(lesson) ?? 0) + 1);
    return lesson;
  }

  /** How often each reason decided. */
  reasons(): ReadonlyMap<ChoiceReason, number> {
    return this.#reasons;
  }

  /** What became of the samples. */
  lessons(): ReadonlyMap<Lesson, number> {
    return this.#lessons;
  }

  /** Nothing is sent by an edge that has used up its quota, so nothing else would tell that a new month has begun. */
  #turnMonth(nowMs: number): void {
    if (this.transfer.turn(nowMs)) this.#chooser.quotaUsed.fill(0);
  }

  /** In redirect mode a client keeps its edge and its connections; a proxy may ask a different edge for each content. */
  #questionOf({ clientAddress, authority, target }: Asked): RouteQuestion {
    const routing = this.#options.siteRouting?.(authority);
    const byContent = this.#options.mode === "proxy" && target !== undefined;
    const path = target?.split("?", 1)[0] ?? "";
    return {
      client: this.#clientOf(clientAddress),
      contentHash: byContent ? hashText(path, hashText(authority)) : undefined,
      allowed: routing?.regions && this.#fenceOf(routing.regions),
      failClosed: routing?.failClosed,
      orderMs: this.#orderOf(clientAddress),
    };
  }

  #clientOf(clientAddress: string) {
    return { prefix: prefixKeyOf(clientAddress), place: this.#options.geo.locate(clientAddress) };
  }

  #orderOf(clientAddress: string): Float64Array | undefined {
    const named = this.#options.geo.edgesFor?.(clientAddress);
    if (named === undefined) return undefined;
    const known = this.#orders.get(named);
    if (known !== undefined) return known;
    const order = Float64Array.from(this.#options.edges, ({ id }) => {
      const at = named.indexOf(id);
      return ORDER_STEP_MS * (at < 0 ? named.length : at);
    });
    this.#orders.set(named, order);
    return order;
  }

  #fenceOf(regions: readonly string[]): Uint8Array {
    const known = this.#fences.get(regions);
    if (known !== undefined) return known;
    const fence = Uint8Array.from(this.#options.edges, ({ region }) =>
      region !== undefined && regions.includes(region) ? 1 : 0,
    );
    this.#fences.set(regions, fence);
    return fence;
  }
}
