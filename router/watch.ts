/** Watches the edges: probes through their real data path, and what real requests find out on the way. */
import { Cancellation } from "../core/cancellation.ts";
import {
  type Health,
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
  readonly edges: readonly { readonly id: string; readonly target: Target }[];
  /** Told of every change of state. */
  onChange(edge: string, before: HealthState, after: HealthState): void;
}

/** The health of each edge. Lives as long as the router. */
export class Watch<B> {
  readonly #options: WatchOptions<B>;
  readonly #health = new Map<string, Health>();
  #stops: (() => void)[] = [];
  #stopped = false;

  constructor(options: WatchOptions<B>) {
    this.#options = options;
    for (const { id } of options.edges) this.#health.set(id, unknownHealth(options.clock.nowMs()));
  }

  stateOf(edge: string): HealthState {
    return this.#health.get(edge)?.state ?? "unknown";
  }

  /** What a real request or a probe found out. Successes count from probes only: users must not be the ones to test. */
  report(edge: string, result: ProbeResult): void {
    const before = this.#health.get(edge);
    if (before === undefined) return;
    const after = observe(before, result, this.#options.clock.nowMs());
    this.#health.set(edge, after);
    if (after.state !== before.state) this.#options.onChange(edge, before.state, after.state);
  }

  /** Begins to probe every edge. */
  start(): void {
    for (const edge of this.#options.edges) void this.#probe(edge);
  }

  stop(): void {
    this.#stopped = true;
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }

  async #probe(edge: { readonly id: string; readonly target: Target }): Promise<void> {
    this.report(edge.id, await this.#ask(edge.target));
    if (this.#stopped) return;
    const { limits, clock } = this.#options;
    const health = this.#health.get(edge.id);
    const soon = health !== undefined && isChanging(health);
    const stop = clock.after(soon ? limits.confirmAfterMs : limits.probeIntervalMs, () => {
      this.#stops = this.#stops.filter((other) => other !== stop);
      void this.#probe(edge);
    });
    this.#stops.push(stop);
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
