/** What the router believes of its edges: probes, heartbeats and real failures on the virtual clock, by the production rules. */
import { type EdgeCondition, FleetHealth } from "../../core/health/fleet-health.ts";
import type { HealthState, ProbeResult } from "../../core/health/health.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import { nextProbeAfterMs, type ProbeLimits, probeTimeoutMs } from "../../core/health/probe-schedule.ts";
import type { World } from "./world.ts";

const LIMITS: ProbeLimits = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };
const HEARTBEAT_MS = 1000;
/** What a probe takes when it is answered or refused. */
const ANSWER_MS = 20;

/** Told when a state changes. */
export type OnState = (edge: number, state: HealthState, nowMs: number) => void;

interface Probed {
  readonly id: string;
  startedAtMs: number;
  /** When the running probe ends, or the next one starts. */
  dueMs: number;
  /** What the running probe will say. Undefined: none runs. */
  result: ProbeResult | undefined;
}

/** Watches all edges of a world. */
export class Watching {
  readonly health: FleetHealth;
  readonly #world: World;
  readonly #edges: readonly Probed[];
  readonly #loadOf: (edge: number, nowMs: number) => number;
  #beatMs: number;
  #nextMs: number;

  constructor(world: World, startMs: number, loadOf: (edge: number, nowMs: number) => number, onState: OnState) {
    const { edges, mode } = world.scenario;
    const numbers = new Map(edges.map(({ id }, edge) => [id, edge]));
    this.#world = world;
    this.#loadOf = loadOf;
    this.health = new FleetHealth({
      edges,
      rules: { ...EDGE_HEALTH_RULES, reach: mode === "proxy" ? "through-us" : "by-themselves" },
      nowMs: startMs,
      onChange: (id, _before, after, nowMs) => onState(numbers.get(id) ?? 0, after, nowMs),
    });
    this.#edges = edges.map(({ id }) => ({
      ...{ id, startedAtMs: startMs, result: undefined },
      dueMs: startMs + world.random.next() * LIMITS.probeIntervalMs,
    }));
    this.#beatMs = startMs;
    this.#nextMs = startMs;
  }

  /** When something happens next. */
  get nextMs(): number {
    return this.#nextMs;
  }

  /** Lets everything happen that is due. */
  advance(nowMs: number): void {
    if (this.#beatMs <= nowMs) {
      this.#beat(nowMs);
      this.#beatMs += HEARTBEAT_MS;
    }
    this.#nextMs = this.#beatMs;
    for (const [edge, probed] of this.#edges.entries()) {
      if (probed.dueMs <= nowMs) {
        if (probed.result === undefined) this.#start(edge, probed);
        else this.#end(probed, probed.result);
      }
      this.#nextMs = Math.min(this.#nextMs, probed.dueMs);
    }
  }

  /** What routing may rely on now. */
  conditions(nowMs: number): readonly EdgeCondition[] {
    return this.health.conditions(nowMs);
  }

  /** A real request went well, or did not. */
  requested(edge: number, result: ProbeResult, nowMs: number): void {
    const probed = this.#edges[edge];
    if (probed === undefined) return;
    this.health.requested(probed.id, result, nowMs);
    // A doubt is not left to the next regular probe.
    if (result === "ok" || probed.result !== undefined) return;
    probed.dueMs = Math.min(probed.dueMs, nowMs + LIMITS.confirmAfterMs);
    this.#nextMs = Math.min(this.#nextMs, probed.dueMs);
  }

  #beat(nowMs: number): void {
    for (const [edge, { id }] of this.#edges.entries()) {
      const answering = this.#world.answeringOf(edge);
      if (answering !== "answers" && answering !== "cut") continue;
      this.health.heard(id, { load: this.#loadOf(edge, nowMs), isDraining: this.#world.isDrained(edge) }, nowMs);
    }
  }

  #start(edge: number, probed: Probed): void {
    const { random, scenario } = this.#world;
    const answering = this.#world.answeringOf(edge);
    const isLost = scenario.probeLoss > 0 && random.next() < scenario.probeLoss;
    const health = this.health.of(probed.id);
    const isHeard = !isLost && (answering === "answers" || answering === "refuses");
    probed.startedAtMs = probed.dueMs;
    probed.result = !isHeard ? "failed" : answering === "answers" ? "ok" : "refused";
    probed.dueMs += isHeard || health === undefined ? ANSWER_MS : probeTimeoutMs(health, LIMITS);
  }

  #end(probed: Probed, result: ProbeResult): void {
    const nowMs = probed.dueMs;
    this.health.probed(probed.id, result, nowMs);
    const health = this.health.of(probed.id);
    probed.result = undefined;
    probed.dueMs +=
      health === undefined ? LIMITS.probeIntervalMs : nextProbeAfterMs(health, probed.startedAtMs, nowMs, LIMITS);
  }
}
