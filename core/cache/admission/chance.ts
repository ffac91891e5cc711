/** Chance from a seed: the same numbers for the same seed. */

/** Marsaglia's xorshift; quick, and good enough to draw samples. */
export class Chance {
  #state: number;

  /** Any whole number below 2^32. */
  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 1) % count;
  }
}
