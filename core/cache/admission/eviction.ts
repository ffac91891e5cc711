/**
 * Who must leave a store when room is needed. In front of plain LRU stands a judgement of what entries are worth, led by
 * a contest, so that scans, crawlers and pages seen once do not push out what people want.
 */
import { Contest } from "./contest.ts";
import type { EntryRoom } from "./entry-room.ts";
import { hashOf } from "./hash.ts";
import { type Preference, Shelf } from "./shelf.ts";

/** `adaptive`: what does best on the traffic of now. `lru`: the least recently used, always. */
export type EvictionPolicy = "adaptive" | "lru";

/** What an eviction is made of. */
export interface EvictionOptions {
  /** In any unit, the same as the sizes of entries. */
  readonly maxSize: number;
  readonly policy: EvictionPolicy;
  /** A whole number below 2^32 that clients cannot know. */
  readonly seed: number;
}

/** All entries in one room: sites have no shares. */
export class Eviction implements EntryRoom {
  readonly #shelf: Shelf;
  readonly #contest: Contest | undefined;
  readonly #seed: number;

  constructor({ maxSize, policy, seed }: EvictionOptions) {
    this.#seed = seed;
    this.#contest = policy === "lru" ? undefined : new Contest({ maxSize, seed });
    this.#shelf = new Shelf({ maxSize, seed, preference: this.#contest?.leader ?? "recent" });
  }

  get size(): number {
    return this.#shelf.size;
  }

  get maxSize(): number {
    return this.#shelf.maxSize;
  }

  get count(): number {
    return this.#shelf.count;
  }

  sizeOf(slot: number): number {
    return this.#shelf.sizeOf(slot);
  }

  wasUsedAgain(slot: number): boolean {
    return this.#shelf.wasUsedAgain(slot);
  }

  /** What decides now. */
  get preference(): Preference {
    return this.#shelf.preference;
  }

  hasRoom(moreSize: number): boolean {
    return this.#shelf.hasRoom(moreSize);
  }

  isWithinShare(): boolean {
    return false;
  }

  victim(but?: number): number | undefined {
    if (this.#shelf.count === 0 || (but !== undefined && this.#shelf.count === 1)) return undefined;
    return this.#shelf.victim(but);
  }

  add(key: string, size: number): number {
    return this.addHashed(hashOf(key, this.#seed), size);
  }

  addHashed(hash: number, size: number): number {
    this.#see(hash, size);
    return this.#shelf.add(hash, size);
  }

  /** Takes an entry of another store as it is: how much it was used, but as the latest. */
  adopt(from: Eviction, slot: number): number {
    const shelf = from.#shelf;
    return this.#shelf.adopt({ hash: shelf.hashOf(slot), size: shelf.sizeOf(slot), weight: shelf.weightOf(slot) });
  }

  *oldestFirst(): IterableIterator<number> {
    yield* this.#shelf.oldestFirst();
  }

  whereIs(slot: number): { readonly room: Eviction; readonly place: number } {
    return { room: this, place: slot };
  }

  use(slot: number): void {
    const shelf = this.#shelf;
    if (this.#contest !== undefined) this.#see(shelf.hashOf(slot), shelf.sizeOf(slot));
    shelf.use(slot);
  }

  resize(slot: number, size: number): void {
    this.#shelf.resize(slot, size);
  }

  evict(slot: number): void {
    this.#shelf.evict(slot);
  }

  remove(slot: number): void {
    this.#contest?.forget(this.#shelf.hashOf(slot));
    this.#shelf.remove(slot);
  }

  #see(hash: number, size: number): void {
    if (this.#contest === undefined) return;
    this.#contest.see(hash, size);
    this.#shelf.preference = this.#contest.leader;
  }
}
