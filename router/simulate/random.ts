/** Chance that can be repeated: the same seed gives the same numbers on every machine (splitmix32). */

/** A source of numbers. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed >>> 0, 0x9e3779b1) ^ Math.floor(seed / 4_294_967_296)) >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Of the normal distribution with mean 0 and deviation 1. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** How many trials fail before one succeeds, when one in `1 / share` does. */
  failuresBeforeSuccess(share: number): number {
    return share >= 1 ? 0 : Math.floor(Math.log(1 - this.next()) / Math.log(1 - share));
  }
}
