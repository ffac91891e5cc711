/** What the router believes of its edges: probes on the virtual clock, real failures, and the production rules of health. */
import { type Health, isChanging, observe, type ProbeResult, unknownHealth } from "../../core/health/health.ts";
import type { EdgeCondition, World } from "./world.ts";

const PROBE_INTERVAL_MS = 1000;
const PROBE_TIMEOUT_MS = 500;
const CONFIRM_AFTER_MS = 200;

interface Probed {
  health: Health;
  /** When the next result is known. */
  dueMs: number;
}

/** Probes all edges of a world. */
export class Probing {
  readonly #world: World;
  readonly #edges: Probed[];
  /** Told when an edge leaves the rotation or comes back. */
  readonly #onRotation: (edge: number, isIn: boolean, nowMs: number) => void;

  constructor(world: World, startMs: number, onRotation: (edge: number, isIn: boolean, nowMs: number) => void) {
    this.#world = world;
    this.#onRotation = onRotation;
    this.#edges = world.scenario.edges.map(() => ({
      health: unknownHealth(startMs),
      dueMs: startMs + world.random.next() * PROBE_INTERVAL_MS,
    }));
  }

  /** When the next result comes. */
  get nextMs(): number {
    return this.#edges.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY);
  }

  /** Takes all results that are due. */
  advance(nowMs: number): void {
    for (const [edge, probed] of this.#edges.entries()) {
      while (probed.dueMs <= nowMs) {
        const atMs = probed.dueMs;
        this.report(edge, resultOf(this.#world.conditionOf(edge)), atMs);
        const waitsMs = this.#world.conditionOf(edge) === "silent" ? PROBE_TIMEOUT_MS : 0;
        probed.dueMs = atMs + waitsMs + (isChanging(probed.health) ? CONFIRM_AFTER_MS : PROBE_INTERVAL_MS);
      }
    }
  }

  /** What a probe or a real request found out. */
  report(edge: number, result: ProbeResult, nowMs: number): void {
    const probed = this.#edges[edge];
    if (probed === undefined) return;
    const before = this.isIn(edge);
    probed.health = observe(probed.health, result, nowMs);
    if (result !== "ok") probed.dueMs = Math.min(probed.dueMs, nowMs + CONFIRM_AFTER_MS);
    if (this.isIn(edge) !== before) this.#onRotation(edge, !before, nowMs);
  }

  /** Whether an edge takes new users. */
  isIn(edge: number): boolean {
    const state = this.#edges[edge]?.health.state;
    return (state === "up" || state === "unknown") && !this.#world.isDrained(edge);
  }
}

function resultOf(condition: EdgeCondition): ProbeResult {
  return condition === "answers" ? "ok" : condition === "refuses" ? "refused" : "failed";
}
