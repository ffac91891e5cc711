/** One time for each of the keys used last; those not used for longest are forgotten, half of all at once. */

/** A bounded map from keys to times. */
export class RecentTimes {
  readonly #halfMax: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  constructor(keysMax: number) {
    this.#halfMax = Math.max(1, Math.floor(keysMax / 2));
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, timeMs: number): void {
    if (!this.#young.has(key) && this.#young.size >= this.#halfMax) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, timeMs);
    this.#old.delete(key);
  }
}
