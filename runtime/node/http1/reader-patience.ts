/** How long readers who take next to nothing are waited for: less when there are many of them (FAULTS L04). */

/** Units are in the names. */
export interface PatienceLimits {
  /** A reader slower than `sendMinBytesPerSecond` is cut after so long. */
  readonly writeStallMs: number;
  /** The same, while more than `stalledReaders` take nothing. */
  readonly crowdedStallMs: number;
  readonly stalledReaders: number;
  readonly sendMinBytesPerSecond: number;
}

/** Who has owed bytes for so long counts as stalled. */
const STALLED_AFTER_MS = 5_000;
/** How long a crowd is remembered after there were last too many: its last members are no better than its first. */
const CROWD_MEMORY_MS = 30_000;

/** The stalled readers of a listener: many at once are an attack, or a network that is gone. */
export class ReaderCrowd {
  readonly #limits: PatienceLimits;
  #stalled = 0;
  #crowdedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /** How long a reader may owe bytes now, in milliseconds. */
  patienceMs(nowMs: number): number {
    const { writeStallMs, crowdedStallMs } = this.#limits;
    return nowMs < this.#crowdedUntilMs ? Math.min(writeStallMs, crowdedStallMs) : writeStallMs;
  }

  get sendMinBytesPerSecond(): number {
    return this.#limits.sendMinBytesPerSecond;
  }

  /** One more is stalled, or one fewer. */
  changed(by: 1 | -1, nowMs: number): void {
    this.#stalled += by;
    if (this.#stalled > this.#limits.stalledReaders) this.#crowdedUntilMs = nowMs + CROWD_MEMORY_MS;
  }
}

/**
 * What one reader owes. As long as bytes wait for it each second makes it owe a second more, and each byte that it takes
 * pays for its part of a second at the lowest rate allowed.
 */
export class ReaderDebt {
  readonly #crowd: ReaderCrowd;
  #owedMs = 0;
  #askedAtMs = 0;
  #queuedBytes = 0;
  #stalled = false;

  constructor(crowd: ReaderCrowd) {
    this.#crowd = crowd;
  }

  /** Bytes begin to wait. Time in which none did is forgiven. */
  begin(queuedBytes: number, nowMs: number): void {
    this.#owedMs = Math.max(0, this.#owedMs - Math.max(0, nowMs - this.#askedAtMs));
    this.#askedAtMs = nowMs;
    this.#queuedBytes = queuedBytes;
  }

  /** Whether it has owed too much for too long. More bytes than before are new ones, of which it has taken none. */
  exhausted(queuedBytes: number, nowMs: number): boolean {
    this.#count(queuedBytes, nowMs);
    return this.#owedMs >= this.#crowd.patienceMs(nowMs);
  }

  /** None waits any more: it took them all, or it is gone. */
  end(nowMs: number): void {
    this.#count(0, nowMs);
    this.#stall(false, nowMs);
  }

  #count(queuedBytes: number, nowMs: number): void {
    const takenBytes = Math.max(0, this.#queuedBytes - queuedBytes);
    const rate = this.#crowd.sendMinBytesPerSecond;
    const paidMs = rate === 0 && takenBytes > 0 ? Number.POSITIVE_INFINITY : (takenBytes * 1_000) / Math.max(1, rate);
    this.#owedMs = Math.max(0, this.#owedMs + (nowMs - this.#askedAtMs) - paidMs);
    this.#askedAtMs = nowMs;
    this.#queuedBytes = queuedBytes;
    this.#stall(this.#owedMs >= STALLED_AFTER_MS, nowMs);
  }

  #stall(stalled: boolean, nowMs: number): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.#crowd.changed(stalled ? 1 : -1, nowMs);
  }
}
