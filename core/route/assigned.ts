/** How many requests each edge was given lately: counts that fade over a few seconds. */

/** The exponent at which all counts are brought down again. */
const RESCALE_AT = 50;

/** Fading counts by edge number. One exponential for all edges: new requests weigh more instead of old ones less. */
export class AssignedRequests {
  readonly #counts: Float64Array;
  readonly #windowMs: number;
  #originMs: number;
  #latestMs: number;
  #total = 0;

  constructor(edges: number, windowMs: number, nowMs: number) {
    this.#counts = new Float64Array(edges);
    this.#windowMs = windowMs;
    this.#originMs = nowMs;
    this.#latestMs = nowMs;
  }

  /** A request goes to an edge. */
  add(edge: number, nowMs: number): void {
    let age = this.#ageAt(nowMs);
    if (age > RESCALE_AT) {
      const factor = Math.exp(-age);
      for (let index = 0; index < this.#counts.length; index += 1) this.#counts[index] = this.raw(index) * factor;
      this.#total *= factor;
      this.#originMs = nowMs;
      age = 0;
    }
    if (!(edge >= 0 && edge < this.#counts.length)) return;
    this.#counts[edge] = this.raw(edge) + Math.exp(age);
    this.#total += Math.exp(age);
  }

  /** The count of an edge in a unit that changes with time: good for comparing edges at one moment. */
  raw(edge: number): number {
    return this.#counts[edge] ?? 0;
  }

  /** The sum of all raw counts. */
  get rawTotal(): number {
    return this.#total;
  }

  /** What makes counts of the raw ones, now. */
  scale(nowMs: number): number {
    return Math.exp(-this.#ageAt(nowMs));
  }

  /** What makes requests per second of the raw ones, now. */
  perSecondScale(nowMs: number): number {
    return (this.scale(nowMs) * 1000) / this.#windowMs;
  }

  /** Time constants since the origin. A clock that is set back takes the origin along: no time has passed. */
  #ageAt(nowMs: number): number {
    if (nowMs < this.#latestMs) this.#originMs -= this.#latestMs - nowMs;
    this.#latestMs = nowMs;
    return (nowMs - this.#originMs) / this.#windowMs;
  }
}
