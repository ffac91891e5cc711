/**
 * What is not done when there is more than can be done (FAULTS L10, L11). The dearest work goes first, hits last; the
 * admin listener is never asked. How much is shed follows the pressure in small steps, so that neither overload nor
 * recovery swings.
 */

/** Kinds of work, the first to be shed first. */
export const WORK = ["range-miss", "miss", "revalidation", "hit"] as const;

/** One of them. */
export type Work = (typeof WORK)[number];

/** What a process measures of itself. */
export interface Load {
  /** How late its timers are. */
  readonly lagMs: number;
  /** Bytes of bodies that are held for clients who have not taken them. */
  readonly inFlightBytes: number;
  /** Heap and buffers in use besides the store. Not the resident set, which rarely shrinks again: shedding would never end. */
  readonly memoryBytes: number;
}

/** Where pressure is 1. */
export interface LoadLimits {
  readonly lagMaxMs: number;
  readonly inFlightMaxBytes: number;
  readonly memoryMaxBytes: number;
  /** Above it nothing new is stored. */
  readonly memoryStoreMaxBytes: number;
}

/** Start values; those of memory come from the settings. */
export const LOAD_LIMITS = { lagMaxMs: 200, inFlightMaxBytes: 1_073_741_824 } as const;

/** Up in a second and a half from nothing to all misses, down in about ten. */
const STEP_UP = 0.125;
const STEP_DOWN = 0.02;
const CALM_PRESSURE = 0.7;
/**
 * While misses are shed, so long a turn of the event loop may last before it takes no more of such work: what comes later in
 * the turn has waited as long, and what comes in the next will wait as long again. This keeps hits quick.
 */
const TURN_MAX_MS: Readonly<Record<Work, number>> = {
  ...{ "range-miss": 5, miss: 10, revalidation: 15, hit: Number.POSITIVE_INFINITY },
};
/** Pressure has lasted for most of a second. */
const TURNS_FROM_LEVEL = 1;
const RETRY_AFTER_MIN_SECONDS = 1;
const RETRY_AFTER_SPREAD_SECONDS = 4;

/** Fed with measurements at even intervals, asked for every request. */
export class Shedder {
  readonly #limits: LoadLimits;
  /** 0: nothing is shed; 2: the first two kinds are, whole; 2.5: and half of the third. */
  #level = 0;
  #memoryBytes = 0;
  #turnsWereFull = false;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  /** From 0, nothing is shed, to the number of kinds of work: all is. */
  get level(): number {
    return this.#level;
  }

  /** One measurement, ten a second. */
  observe(load: Load): void {
    this.#memoryBytes = load.memoryBytes;
    const pressure = pressureOf(load, this.#limits);
    if (pressure >= 1) this.#level = Math.min(WORK.length, this.#level + STEP_UP);
    // Full turns are why there is no pressure: it would be back at once.
    else if (pressure < CALM_PRESSURE && !this.#turnsWereFull) this.#level = Math.max(0, this.#level - STEP_DOWN);
    this.#turnsWereFull = false;
  }

  /**
   * Whether this piece of work is not to be done. `random` is in [0, 1); `turnMs` is how long the current turn of the event
   * loop has lasted.
   */
  sheds(work: Work, random: number, turnMs: number): boolean {
    if (this.#level === 0) return false;
    if (random < this.#level - WORK.indexOf(work)) return true;
    // A single late timer, as at a cold start, is no reason to send those away who came together.
    if (this.#level < TURNS_FROM_LEVEL || turnMs <= TURN_MAX_MS[work]) return false;
    this.#turnsWereFull = true;
    return true;
  }

  /** So much memory is neither pressure nor a reason to store nothing. */
  get memoryCalmBytes(): number {
    const { memoryMaxBytes, memoryStoreMaxBytes } = this.#limits;
    return Math.min(memoryStoreMaxBytes, memoryMaxBytes * CALM_PRESSURE);
  }

  /** While anything is shed, a failed request is not tried again: that would be more of the same. */
  get mayRetry(): boolean {
    return this.#level === 0;
  }

  /** What arrives is kept only as long as there is memory for it besides the work that is under way. */
  get mayStore(): boolean {
    return this.#memoryBytes <= this.#limits.memoryStoreMaxBytes;
  }
}

/** The measure that is worst off, as a share of its limit. */
export function pressureOf(load: Load, limits: LoadLimits): number {
  return Math.max(
    load.lagMs / limits.lagMaxMs,
    load.inFlightBytes / limits.inFlightMaxBytes,
    load.memoryBytes / limits.memoryMaxBytes,
  );
}

/** For `Retry-After` of a 503: spread, so that those who were sent away do not all come back at once. */
export function retryAfterSeconds(random: number): number {
  return RETRY_AFTER_MIN_SECONDS + Math.floor(random * (RETRY_AFTER_SPREAD_SECONDS + 1));
}
