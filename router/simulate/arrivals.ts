/** When requests come: by chance, at one rate or at rates that follow a shape over the load. */
import type { LoadPlan } from "./scenario.ts";

/** One run's arrivals. */
export class Arrivals {
  readonly #meanGapMs: number;
  /** Rates of the slots against the mean; empty: one rate. */
  readonly #shape: readonly number[];
  readonly #slotMs: number;

  /** `otherwisePerSecond`: the rate of a plan that says none. */
  constructor({ requestsPerSecond, shape, durationMs }: LoadPlan, otherwisePerSecond: number) {
    const sum = shape.reduce((before, rate) => before + rate, 0);
    this.#meanGapMs = 1000 / (requestsPerSecond ?? otherwisePerSecond);
    this.#shape = shape.map((rate) => (rate * shape.length) / sum);
    this.#slotMs = durationMs / shape.length;
  }

  /** From so long after the begin of the load to the next request. `chance` in [0, 1). Infinite: none comes any more. */
  gapMs(offsetMs: number, chance: number): number {
    let left = -Math.log(1 - chance) * this.#meanGapMs;
    if (this.#shape.length === 0) return left;
    let at = offsetMs;
    for (let slot = Math.floor(offsetMs / this.#slotMs); slot < this.#shape.length; slot += 1) {
      const rate = this.#shape[slot] ?? 0;
      const endMs = (slot + 1) * this.#slotMs;
      const holds = rate * Math.max(0, endMs - at);
      if (holds > left) return at + left / rate - offsetMs;
      left -= holds;
      at = endMs;
    }
    return Number.POSITIVE_INFINITY;
  }
}
