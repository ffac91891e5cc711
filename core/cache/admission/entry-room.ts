/** What a store asks of whoever knows its entries by number and says who must leave. */
import type { Eviction } from "./eviction.ts";

/** An entry that is to come. */
export interface Newcomer {
  /** The number of its site (`siteNumber`). */
  readonly site: number;
  readonly size: number;
}

/** The entries of a store by number. The store makes room, then adds. */
export interface EntryRoom {
  /** The sum of all sizes. */
  readonly size: number;
  readonly maxSize: number;
  readonly count: number;
  sizeOf(slot: number): number;
  /** Whether it was used more than once, as far as that is remembered. */
  wasUsedAgain(slot: number): boolean;
  hasRoom(moreSize: number): boolean;
  /** Whether a site with a share may have so much more without borrowing. */
  isWithinShare(newcomer: Newcomer): boolean;
  /** Who should go next, `but` excepted; undefined: nobody else is there. The store then calls `evict`. */
  victim(but?: number, newcomer?: Newcomer): number | undefined;
  /** A new entry: an access that was no hit. Its number stays its own until it goes. */
  add(key: string, size: number, site: number): number;
  /** The same for a store that knows a hash of the key only: a whole number below 2^32, spread evenly. */
  addHashed(hash: number, size: number, site: number): number;
  /** A hit. */
  use(slot: number): void;
  resize(slot: number, size: number): void;
  /** It leaves for want of room, and is remembered for a while. */
  evict(slot: number): void;
  /** It leaves for another reason. */
  remove(slot: number): void;
  /** All entries, those unused for longest first. */
  oldestFirst(): IterableIterator<number>;
  /** The list that an entry is in, and its number there. */
  whereIs(slot: number): { readonly room: Eviction; readonly place: number };
}
