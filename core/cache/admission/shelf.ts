/**
 * Entries of a store by number: how large they are, how much and when they were used, and which one is to go. Knows no
 * keys and no bodies. All of it lies in flat arrays: 16 bytes an entry for a plain LRU, and up to 16 more.
 */
import { Chance } from "./chance.ts";
import { Ghosts } from "./ghosts.ts";

/**
 * Which entry goes first. `recent`: the one unused for longest (plain LRU). `worth`: of a sample the one with the least
 * use for its age and size. `proven`: the same, but what was used once only is worth next to nothing.
 */
export type Preference = "recent" | "worth" | "proven";

/** No entry. */
export const NOBODY = 0xffff_ffff;

const START_SLOTS = 64;
const SAMPLE = 16;
/** One use. Older uses fade by a tenth with each new one, so a weight stays within a byte. */
const USE_WEIGHT = 25;
const FADING = 0.9;
/** What a single use is worth to `proven`: a tenth of it is left. */
const PROVEN_OFFSET = 22.5;

/** What a shelf is made of. */
export interface ShelfOptions {
  /** In any unit; nothing is larger. */
  readonly maxSize: number;
  readonly seed: number;
  readonly preference: Preference;
}

/** Entries in the order of their last use, with what they are worth. */
export class Shelf {
  maxSize: number;
  preference: Preference;
  /** The sum of all sizes. */
  size = 0;
  /** How many entries there are. */
  count = 0;
  readonly #chance: Chance;
  readonly #ghosts = new Ghosts();
  #sizes = new Float64Array(START_SLOTS);
  #hashes = new Uint32Array(START_SLOTS);
  #weights = new Uint8Array(START_SLOTS);
  #lastUses = new Uint32Array(START_SLOTS);
  #newer = new Uint32Array(START_SLOTS);
  #older = new Uint32Array(START_SLOTS);
  #newest = NOBODY;
  #oldest = NOBODY;
  /** Numbers below this have been given out; those given back are chained by `#older`. */
  #slots = 0;
  #free = NOBODY;
  #now = 0;

  constructor({ maxSize, seed, preference }: ShelfOptions) {
    this.maxSize = maxSize;
    this.preference = preference;
    this.#chance = new Chance(seed);
  }

  /** Whether something of this size may come in, once the victims have gone. */
  hasRoom(size: number): boolean {
    return this.size + size <= this.maxSize;
  }

  /** A new entry, used once. */
  add(hash: number, size: number): number {
    return this.adopt({ hash, size, weight: usedOnce(this.#ghosts.recall(hash)) });
  }

  /** A new entry, used as much as its weight says, just now. */
  adopt({ hash, size, weight }: { readonly hash: number; readonly size: number; readonly weight: number }): number {
    const slot = this.#takeSlot();
    this.#hashes[slot] = hash;
    this.#sizes[slot] = size;
    this.#weights[slot] = weight;
    this.#lastUses[slot] = this.#tick();
    this.size += size;
    this.count += 1;
    this.#link(slot);
    return slot;
  }

  /** It was used. */
  use(slot: number): void {
    this.#weights[slot] = usedOnce(this.#weights[slot] ?? 0);
    this.#lastUses[slot] = this.#tick();
    if (this.#newest === slot) return;
    this.#unlink(slot);
    this.#link(slot);
  }

  /** It has another size from now on. */
  resize(slot: number, size: number): void {
    this.size += size - this.sizeOf(slot);
    this.#sizes[slot] = size;
  }

  /** It had to go, but may be back. */
  evict(slot: number): void {
    this.#ghosts.remember(this.hashOf(slot), this.#weights[slot] ?? 0);
    this.remove(slot);
  }

  /** It is gone. Its number is given to another. */
  remove(slot: number): void {
    this.size -= this.sizeOf(slot);
    this.count -= 1;
    this.#unlink(slot);
    this.#weights[slot] = 0;
    this.#older[slot] = this.#free;
    this.#free = slot;
  }

  hashOf(slot: number): number {
    return this.#hashes[slot] ?? 0;
  }

  sizeOf(slot: number): number {
    return this.#sizes[slot] ?? 0;
  }

  /** How much it was used: more than 0. */
  weightOf(slot: number): number {
    return this.#weights[slot] ?? 0;
  }

  /** All entries, those unused for longest first. Nothing may change meanwhile. */
  *oldestFirst(): IterableIterator<number> {
    for (let slot = this.#oldest; slot !== NOBODY; slot = this.#newer[slot] ?? NOBODY) yield slot;
  }

  /** Whether it was used more than once, as far as that is remembered. */
  wasUsedAgain(slot: number): boolean {
    return (this.#weights[slot] ?? 0) > USE_WEIGHT;
  }

  /** Which entry should go, of all but one. `NOBODY`: there is no other. */
  victim(but: number = NOBODY): number {
    if (this.preference === "recent") return this.#oldestBut(but);
    const found = this.#leastWorth(but, this.preference === "proven" ? PROVEN_OFFSET : 0);
    return found === NOBODY ? this.#oldestBut(but) : found;
  }

  #leastWorth(but: number, offset: number): number {
    let found = NOBODY;
    let least = Number.POSITIVE_INFINITY;
    for (let draw = 0; draw < SAMPLE; draw += 1) {
      const slot = this.#chance.below(this.#slots);
      const weight = this.#weights[slot] ?? 0;
      if (weight === 0 || slot === but) continue;
      const age = ((this.#now - (this.#lastUses[slot] ?? 0)) >>> 0) + 1;
      const worth = (weight - offset) / (age * (this.#sizes[slot] ?? 1));
      if (worth >= least) continue;
      least = worth;
      found = slot;
    }
    return found;
  }

  #oldestBut(but: number): number {
    return this.#oldest === but && but !== NOBODY ? (this.#newer[but] ?? NOBODY) : this.#oldest;
  }

  #tick(): number {
    this.#now = (this.#now + 1) >>> 0;
    return this.#now;
  }

  #takeSlot(): number {
    const slot = this.#free;
    if (slot !== NOBODY) {
      this.#free = this.#older[slot] ?? NOBODY;
      return slot;
    }
    if (this.#slots === this.#sizes.length) this.#grow();
    this.#slots += 1;
    this.#ghosts.growFor(this.#slots);
    return this.#slots - 1;
  }

  #grow(): void {
    const slots = Math.ceil(this.#slots * 1.5);
    this.#sizes = copied(new Float64Array(slots), this.#sizes);
    this.#hashes = copied(new Uint32Array(slots), this.#hashes);
    this.#weights = copied(new Uint8Array(slots), this.#weights);
    this.#lastUses = copied(new Uint32Array(slots), this.#lastUses);
    this.#newer = copied(new Uint32Array(slots), this.#newer);
    this.#older = copied(new Uint32Array(slots), this.#older);
  }

  #link(slot: number): void {
    this.#newer[slot] = NOBODY;
    this.#older[slot] = this.#newest;
    if (this.#newest === NOBODY) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const newer = this.#newer[slot] ?? NOBODY;
    const older = this.#older[slot] ?? NOBODY;
    if (newer === NOBODY) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NOBODY) this.#oldest = newer;
    else this.#newer[older] = newer;
  }
}

function usedOnce(weight: number): number {
  return Math.round(weight * FADING) + USE_WEIGHT;
}

function copied<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}
