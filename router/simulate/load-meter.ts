/** The load that each edge would measure of itself, and report in its heartbeats. */
import { AssignedRequests } from "../../core/route/assigned.ts";

/** Edges look back so far. */
const WINDOW_MS = 2000;

/** Counts what arrives at each edge. */
export class LoadMeter {
  readonly #arrived: AssignedRequests;
  readonly #capacities: readonly (number | undefined)[];

  constructor(capacities: readonly (number | undefined)[], nowMs: number) {
    this.#arrived = new AssignedRequests(capacities.length, WINDOW_MS, nowMs);
    this.#capacities = capacities;
  }

  /** A request arrives. */
  add(edge: number, nowMs: number): void {
    this.#arrived.add(edge, nowMs);
  }

  /** Share of its capacity in use; 0 where that is not limited. */
  loadOf(edge: number, nowMs: number): number {
    const capacity = this.#capacities[edge];
    return capacity === undefined ? 0 : (this.#arrived.raw(edge) * this.#arrived.perSecondScale(nowMs)) / capacity;
  }
}
