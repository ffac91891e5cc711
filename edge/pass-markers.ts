/** Hit-for-pass: keys whose last answer was not storable, so that requests for them do not wait for one another. */

/** Remembers keys for a while; bounded in number, the oldest marker goes first. */
export class PassMarkers {
  readonly #untilMs = new Map<string, number>();
  readonly #maxKeys: number;

  constructor(options: { readonly maxKeys: number }) {
    this.#maxKeys = options.maxKeys;
  }

  mark(key: string, untilMs: number): void {
    this.#untilMs.delete(key);
    this.#untilMs.set(key, untilMs);
    if (this.#untilMs.size <= this.#maxKeys) return;
    const [oldest] = this.#untilMs.keys();
    if (oldest !== undefined) this.#untilMs.delete(oldest);
  }

  unmark(key: string): void {
    this.#untilMs.delete(key);
  }

  isMarked(key: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#untilMs.delete(key);
    return false;
  }
}
