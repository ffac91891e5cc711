/** Watches the edges: probes through their real data path, and what real requests find out on the way. */
import { Cancellation } from "../core/cancellation.ts";
import { unknownEdge } from "../core/health/edge-health.ts";
import { FleetHealth } from "../core/health/fleet-health.ts";
import type { HealthState, ProbeResult } from "../core/health/health.ts";
import type { EdgeHealthRules } from "../core/health/health-rules.ts";
import { nextProbeAfterMs, type ProbeLimits, probeTimeoutMs } from "../core/health/probe-schedule.ts";
import { authorityOf } from "../core/http/location.ts";
import type { Bodies, Clock, Target, Upstream, UpstreamFailure } from "../core/ports.ts";

/** An edge to watch. */
export interface WatchedEdge {
  readonly id: string;
  readonly target: Target;
  readonly region?: string | undefined;
}

/** What a watch needs. */
export interface WatchOptions<B> {
  readonly clock: Clock;
  readonly upstream: Upstream<B>;
  readonly bodies: Bodies<B>;
  readonly limits: ProbeLimits;
  readonly rules: EdgeHealthRules;
  readonly edges: readonly WatchedEdge[];
  /** Told of every change of state. */
  onChange(edge: string, before: HealthState, after: HealthState): void;
}

/** Probes each edge for as long as the router lives. */
export class Watch<B> {
  readonly health: FleetHealth;
  readonly #options: WatchOptions<B>;
  /** The next probe of each edge; an edge that is being probed has none. */
  readonly #next = new Map<string, { readonly dueMs: number; readonly callOff: () => void }>();
  /** How often each edge came to each state. */
  readonly #changes = new Map<string, { readonly edge: string; readonly state: HealthState; times: number }>();
  #stopped = false;

  constructor(options: WatchOptions<B>) {
    this.#options = options;
    const { edges, rules, clock } = options;
    this.health = new FleetHealth({
      ...{ edges, rules, nowMs: clock.nowMs() },
      onChange: (edge, before, after) => {
        this.#count(edge, after);
        options.onChange(edge, before, after);
      },
    });
  }

  /** What is thought of an edge now: the same that routing relies on. */
  stateOf(edge: string): HealthState {
    return this.health.conditions(this.#options.clock.nowMs()).find(({ id }) => id === edge)?.state ?? "unknown";
  }

  /** How a real request to an edge went. After a failure the edge is probed soon, however many fail. */
  report(edge: string, result: ProbeResult): void {
    const nowMs = this.#options.clock.nowMs();
    this.health.requested(edge, result, nowMs);
    if (result !== "ok" && this.#next.has(edge)) this.#probeIn(edge, this.#options.limits.confirmAfterMs);
  }

  /** How often each edge came to each state. */
  *changes(): Generator<readonly [of: { readonly edge: string; readonly state: HealthState }, times: number]> {
    for (const { edge, state, times } of this.#changes.values()) yield [{ edge, state }, times];
  }

  /** Begins to probe every edge. */
  start(): void {
    for (const edge of this.#options.edges) void this.#probe(edge);
  }

  /** Ends all probing. */
  stop(): void {
    this.#stopped = true;
    for (const { callOff } of this.#next.values()) callOff();
    this.#next.clear();
  }

  async #probe(edge: WatchedEdge): Promise<void> {
    const { clock, limits } = this.#options;
    const startedAtMs = clock.nowMs();
    const result = await this.#ask(edge);
    if (this.#stopped) return;
    const nowMs = clock.nowMs();
    this.health.probed(edge.id, result, nowMs);
    this.#probeIn(edge.id, nextProbeAfterMs(this.#healthOf(edge.id), startedAtMs, nowMs, limits));
  }

  #count(edge: string, state: HealthState): void {
    const key = `${state} ${edge}`;
    const counted = this.#changes.get(key) ?? { edge, state, times: 0 };
    counted.times += 1;
    this.#changes.set(key, counted);
  }

  #healthOf(edge: string) {
    return this.health.of(edge) ?? unknownEdge(0);
  }

  /** Plans the next probe. One that is planned already is only ever brought forward. */
  #probeIn(id: string, delayMs: number): void {
    const edge = this.#options.edges.find((one) => one.id === id);
    if (edge === undefined) return;
    const dueMs = this.#options.clock.nowMs() + delayMs;
    const planned = this.#next.get(id);
    if (planned !== undefined && planned.dueMs <= dueMs) return;
    planned?.callOff();
    const callOff = this.#options.clock.after(delayMs, () => {
      this.#next.delete(id);
      void this.#probe(edge);
    });
    this.#next.set(id, { dueMs, callOff });
  }

  async #ask({ id, target: to }: WatchedEdge): Promise<ProbeResult> {
    const { upstream, bodies, limits } = this.#options;
    const timeoutMs = probeTimeoutMs(this.#healthOf(id), limits);
    const cancellation = new Cancellation();
    const giveUp = this.#options.clock.after(timeoutMs, () => cancellation.cancel());
    const result = await upstream.fetch({
      to,
      method: "GET",
      target: "/.antipode/probe",
      fields: [["host", authorityOf(to)]],
      body: undefined,
      allowPrivate: true,
      timeouts: { connectMs: timeoutMs, firstByteMs: timeoutMs, betweenBytesMs: timeoutMs },
      cancellation,
    });
    giveUp();
    if (result.kind === "failure") return resultOf(result.failure);
    bodies.discard(result.body);
    return result.head.status === 200 ? "ok" : "failed";
  }
}

/** What a failed request says about an edge. */
export function resultOf(failure: UpstreamFailure): ProbeResult {
  return failure === "refused" ? "refused" : "failed";
}
