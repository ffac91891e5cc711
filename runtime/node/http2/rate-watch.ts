/** Counts events of one connection in windows of a minute. */

const WINDOW_MS = 60_000;

/** One count. */
export class RateWatch {
  readonly #max: number;
  #windowFromMs = 0;
  #count = 0;

  constructor(perMinuteMax: number) {
    this.#max = perMinuteMax;
  }

  /** One more; true when there are too many in this minute. */
  add(nowMs: number): boolean {
    if (nowMs - this.#windowFromMs >= WINDOW_MS) {
      this.#windowFromMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > this.#max;
  }
}
