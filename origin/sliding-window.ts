/** Counts over the last seconds, in buckets of one second: what budgets and breakers are measured against. */

/** How far back counts reach. */
export const WINDOW_SECONDS = 10;

/** Adds up numbers of the last 10 s; older ones fall out second by second. Constant size. */
export class SlidingWindow {
  readonly #buckets: number[] = new Array<number>(WINDOW_SECONDS).fill(0);
  #second = 0;
  #total = 0;

  /** Counts something that happens now. */
  add(nowMs: number, count = 1): void {
    this.#advance(nowMs);
    const at = this.#second % WINDOW_SECONDS;
    this.#buckets[at] = (this.#buckets[at] ?? 0) + count;
    this.#total += count;
  }

  /** The count of the last 10 s. */
  total(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total;
  }

  /** The count of the second that has begun. */
  thisSecond(nowMs: number): number {
    this.#advance(nowMs);
    return this.#buckets[this.#second % WINDOW_SECONDS] ?? 0;
  }

  /** Forgets everything. */
  clear(): void {
    this.#buckets.fill(0);
    this.#total = 0;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    // A clock that is set back changes nothing: what was counted stays in the newest bucket.
    if (second <= this.#second) return;
    const passed = Math.min(second - this.#second, WINDOW_SECONDS);
    this.#second = second;
    for (let back = 0; back < passed; back += 1) {
      const at = (second - back) % WINDOW_SECONDS;
      this.#total -= this.#buckets[at] ?? 0;
      this.#buckets[at] = 0;
    }
  }
}
