/** Which preference suits the traffic of now: all are on trial over the same sample of keys, and the best one leads. */
import type { Preference } from "./shelf.ts";
import { Trial } from "./trial.ts";

/** More entries than this in a trial, and the sample is halved. */
const TRIAL_ENTRIES_MAX = 512;
/** Accesses of the sample between two looks at the scores. */
const LOOK_EVERY = 16;
/** Scores fade by half after so many accesses for each entry of a trial. */
const FADE_AFTER = 10;
const FADE_AFTER_MIN = 200;
/** What a challenger must be ahead of the leader: a share of its hits, and hits. */
const LEAD_SHARE = 1.002;
const LEAD_HITS = 2;
/** Who hits more objects may lead only with this share of the bytes that plain LRU would have hit. */
const BYTE_SHARE_MIN = 0.8;

interface Contender {
  readonly preference: Preference;
  readonly trial: Trial;
  hits: number;
  hitSize: number;
}

/** What a contest needs to know of the store. */
export interface ContestOptions {
  readonly maxSize: number;
  readonly seed: number;
}

/** Watches a sample of all accesses. */
export class Contest {
  readonly #plain: Contender;
  readonly #others: readonly Contender[];
  #leader: Contender;
  /** A key is in the sample when these bits of its hash are 0. */
  #mask = 0;
  #accesses = 0;

  constructor({ maxSize, seed }: ContestOptions) {
    const contender = (preference: Preference): Contender => ({
      preference,
      trial: new Trial({ maxSize, seed, preference }),
      hits: 0,
      hitSize: 0,
    });
    this.#plain = contender("recent");
    const proven = contender("proven");
    this.#others = [contender("worth"), proven];
    this.#leader = proven;
  }

  get leader(): Preference {
    return this.#leader.preference;
  }

  /** An access to a key, be it a hit or not. */
  see(hash: number, size: number): void {
    if ((hash & this.#mask) !== 0) return;
    score(this.#plain, hash, size);
    for (const contender of this.#others) score(contender, hash, size);
    this.#accesses += 1;
    if (this.#accesses % LOOK_EVERY === 0) this.#look();
  }

  /** A key that is gone for another reason than want of room. */
  forget(hash: number): void {
    if ((hash & this.#mask) !== 0) return;
    this.#plain.trial.remove(hash);
    for (const { trial } of this.#others) trial.remove(hash);
  }

  #look(): void {
    const bytesMin = this.#plain.hitSize * BYTE_SHARE_MIN;
    const mayStay = this.#leader === this.#plain || this.#leader.hitSize >= bytesMin;
    let best = mayStay ? this.#leader : this.#plain;
    let toBeat = best.hits * LEAD_SHARE + LEAD_HITS;
    for (const contender of [this.#plain, ...this.#others]) {
      if (contender.hits <= toBeat || contender.hitSize < bytesMin) continue;
      best = contender;
      toBeat = contender.hits;
    }
    this.#leader = best;
    const entries = this.#leader.trial.entries;
    if (this.#accesses >= Math.max(FADE_AFTER_MIN, entries * FADE_AFTER)) this.#fade();
    if (entries > TRIAL_ENTRIES_MAX) this.#halve();
  }

  #fade(): void {
    this.#accesses = 0;
    for (const contender of [this.#plain, ...this.#others]) {
      contender.hits /= 2;
      contender.hitSize /= 2;
    }
  }

  #halve(): void {
    this.#mask = this.#mask * 2 + 1;
    const isInSample = (hash: number): boolean => (hash & this.#mask) === 0;
    for (const { trial } of [this.#plain, ...this.#others]) trial.halve(isInSample);
  }
}

function score(contender: Contender, hash: number, size: number): void {
  if (!contender.trial.access(hash, size)) return;
  contender.hits += 1;
  contender.hitSize += size;
}
