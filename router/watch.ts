/** Watches the edges: probes through their real data path, and what real requests find out on the way. */
import { Cancellation } from "../core/cancellation.ts";
import {
  type Health,
  type HealthRules,
  type HealthState,
  isChanging,
  observe,
  type ProbeResult,
  unknownHealth,
} from "../core/health/health.ts";
import { authorityOf } from "../core/http/location.ts";
import type { Bodies, Clock, Target, Upstream, UpstreamFailure } from "../core/ports.ts";

/** How often and how patiently edges are probed. */
export interface WatchLimits {
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** A result at odds with the state is confirmed after this time. */
  readonly confirmAfterMs: number;
}

/** What a watch needs. */
export interface WatchOptions<B> {
  readonly clock: Clock;
  readonly upstream: Upstream<B>;
  readonly bodies: Bodies<B>;
  readonly limits: WatchLimits;
  /** How many results in a row change a state. */
  readonly rules: HealthRules;
  readonly edges: readonly { readonly id: string; readonly target: Target }[];
  /** Told of every change of state. */
  onChange(edge: string, before: HealthState, after: HealthState): void;
}

/** The health of each edge. Lives as long as the router. */
export class Watch<B> {
  readonly #options: WatchOptions<B>;
  readonly #health = new Map<string, Health>();
  /** The next probe of each edge; an edge that is being probed has none. */
  readonly #next = new Map<string, { readonly dueMs: number; readonly callOff: () => void }>();
  #stopped = false;

  constructor(options: WatchOptions<B>) {
    this.#options = options;
    for (const { id } of options.edges) this.#health.set(id, unknownHealth(options.clock.nowMs()));
  }

  /** What is thought of an edge now. */
  stateOf(edge: string): HealthState {
    return this.#health.get(edge)?.state ?? "unknown";
  }

  /** What a real request or a probe found out. Successes count from probes only: users must not be the ones to test. */
  report(edge: string, result: ProbeResult): void {
    const before = this.#health.get(edge);
    if (before === undefined) return;
    const after = observe(before, result, this.#options.clock.nowMs(), this.#options.rules);
    this.#health.set(edge, after);
    if (after.state !== before.state) this.#options.onChange(edge, before.state, after.state);
    if (this.#next.has(edge) && isChanging(after)) this.#probeLater(edge);
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

  async #probe(edge: { readonly id: string; readonly target: Target }): Promise<void> {
    this.report(edge.id, await this.#ask(edge.target));
    if (!this.#stopped) this.#probeLater(edge.id);
  }

  /** Plans the next probe. One that is planned already is only ever brought forward, however many requests fail. */
  #probeLater(id: string): void {
    const edge = this.#options.edges.find((one) => one.id === id);
    const health = this.#health.get(id);
    if (edge === undefined || health === undefined) return;
    const { limits, clock } = this.#options;
    const delayMs = isChanging(health) ? limits.confirmAfterMs : limits.probeIntervalMs;
    const dueMs = clock.nowMs() + delayMs;
    const planned = this.#next.get(id);
    if (planned !== undefined && planned.dueMs <= dueMs) return;
    planned?.callOff();
    const callOff = clock.after(delayMs, () => {
      this.#next.delete(id);
      void this.#probe(edge);
    });
    this.#next.set(id, { dueMs, callOff });
  }

  async #ask(to: Target): Promise<ProbeResult> {
    const { upstream, bodies, limits } = this.#options;
    const cancellation = new Cancellation();
    const giveUp = this.#options.clock.after(limits.probeTimeoutMs, () => cancellation.cancel());
    const { probeTimeoutMs: timeoutMs } = limits;
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
