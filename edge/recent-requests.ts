/** Which keys were asked for lately, to tell how often: the last requests, bounded in number. */

/** Requests that are remembered. */
const REMEMBERED = 16_384;
const MINUTE_MS = 60_000;

/** A ring of keys and times. */
export class RecentRequests {
  readonly #keys: (string | undefined)[] = new Array<string | undefined>(REMEMBERED).fill(undefined);
  readonly #timesMs = new Float64Array(REMEMBERED);
  #next = 0;

  /** One more request for a key. */
  add(key: string, atMs: number): void {
    this.#keys[this.#next] = key;
    this.#timesMs[this.#next] = atMs;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Requests a minute for these keys, of the last minute or of what is remembered of it. */
  perMinute(keys: ReadonlySet<string>, nowMs: number): number {
    let matching = 0;
    let oldestMs = nowMs;
    for (const [index, key] of this.#keys.entries()) {
      const atMs = this.#timesMs[index] ?? 0;
      if (key === undefined || atMs <= nowMs - MINUTE_MS) continue;
      oldestMs = Math.min(oldestMs, atMs);
      if (keys.has(key)) matching += 1;
    }
    // Only when the ring turns within a minute is the time shorter: an edge that has just begun has had few requests.
    const isFull = this.#keys[this.#next] !== undefined && (this.#timesMs[this.#next] ?? 0) > nowMs - MINUTE_MS;
    const spanMs = isFull ? Math.max(1, nowMs - oldestMs) : MINUTE_MS;
    return Math.round((matching * MINUTE_MS) / spanMs);
  }
}
