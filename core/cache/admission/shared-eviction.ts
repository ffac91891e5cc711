/**
 * Who must leave a store that sites have shares of. Each such site has a room of its own in it, all others have one in
 * common. A room may borrow what others do not use; when there is no place left, the one that has borrowed most gives back.
 */
import type { EntryRoom, Newcomer } from "./entry-room.ts";
import { Eviction, type EvictionPolicy } from "./eviction.ts";
import { hashOf } from "./hash.ts";

/** What sites are promised of a store, in percent, by their numbers (`siteNumber`). More than 100 in sum count as 100. */
export type SiteShares = ReadonlyMap<number, number>;

/** What a shared eviction is made of. */
export interface SharedEvictionOptions {
  readonly maxSize: number;
  readonly policy: EvictionPolicy;
  readonly seed: number;
  readonly shares: SiteShares;
}

/** A room is judged as if it had this share of the store at least. */
const JUDGED_SHARE_MIN = 0.01;
const START_SLOTS = 64;
const FREE = 0xffff;
/** Sites with a share; those beyond are in the common room. */
const ROOMS_MAX = 4_096;

interface Room {
  readonly number: number;
  readonly eviction: Eviction;
  /** What it need not give back. */
  readonly ownSize: number;
  /** The store's number of each of the room's own numbers. */
  slots: Uint32Array;
}

/** The entries of a store in rooms. The store's numbers stay what they are when shares change. */
export class SharedEviction implements EntryRoom {
  readonly maxSize: number;
  size = 0;
  count = 0;
  readonly #seed: number;
  readonly #common: Room;
  readonly #rooms: readonly Room[];
  readonly #roomOfSite = new Map<number, Room>();
  /** Of each of the store's numbers: the room, and the number there. */
  #roomOf = new Uint16Array(START_SLOTS).fill(FREE);
  #placeOf: Uint32Array = new Uint32Array(START_SLOTS);
  readonly #free: number[] = [];
  #slots = 0;

  constructor({ maxSize, policy, seed, shares }: SharedEvictionOptions) {
    this.maxSize = maxSize;
    this.#seed = seed;
    const named = [...shares].slice(0, ROOMS_MAX);
    const sum = named.reduce((total, [, percent]) => total + percent, 0);
    const ownSizeOf = (percent: number): number => (maxSize * percent) / Math.max(100, sum);
    const room = (number: number, ownSize: number): Room => {
      const judgedSize = Math.max(ownSize, maxSize * JUDGED_SHARE_MIN);
      const eviction = new Eviction({ maxSize: judgedSize, policy, seed: (seed + number) >>> 0 });
      return { number, eviction, ownSize, slots: new Uint32Array(START_SLOTS) };
    };
    this.#common = room(0, ownSizeOf(Math.max(0, 100 - sum)));
    const rooms = [this.#common];
    for (const [site, percent] of named) {
      const made = room(rooms.length, ownSizeOf(percent));
      this.#roomOfSite.set(site, made);
      rooms.push(made);
    }
    this.#rooms = rooms;
  }

  /** Takes over all entries of a store as they are, in the order of their last use. */
  adopt(from: EntryRoom, siteOf: (slot: number) => number): void {
    for (const slot of from.oldestFirst()) {
      const { room, place } = from.whereIs(slot);
      this.#growTo(slot);
      this.#slots = Math.max(this.#slots, slot + 1);
      const home = this.#roomFor(siteOf(slot));
      this.#settle(slot, home, home.eviction.adopt(room, place));
    }
    for (let slot = 0; slot < this.#slots; slot += 1) if (this.#roomOf[slot] === FREE) this.#free.push(slot);
  }

  sizeOf(slot: number): number {
    return this.#at(slot).eviction.sizeOf(this.#placeAt(slot));
  }

  wasUsedAgain(slot: number): boolean {
    return this.#at(slot).eviction.wasUsedAgain(this.#placeAt(slot));
  }

  hasRoom(moreSize: number): boolean {
    return this.size + moreSize <= this.maxSize;
  }

  /** Whether a site may have so much more without borrowing. */
  isWithinShare({ site, size }: Newcomer): boolean {
    const room = this.#roomFor(site);
    return room !== this.#common && room.eviction.size + size <= room.ownSize;
  }

  victim(but?: number, newcomer?: Newcomer): number | undefined {
    const [butRoom, butPlace] = but === undefined ? [] : [this.#at(but), this.#placeAt(but)];
    const home = newcomer === undefined ? undefined : this.#roomFor(newcomer.site);
    let found: Room | undefined;
    let most = Number.NEGATIVE_INFINITY;
    for (const room of this.#rooms) {
      if (room.eviction.count === (room === butRoom ? 1 : 0)) continue;
      const borrowed = room.eviction.size + (room === home ? (newcomer?.size ?? 0) : 0) - room.ownSize;
      if (borrowed <= most) continue;
      most = borrowed;
      found = room;
    }
    const place = found?.eviction.victim(found === butRoom ? butPlace : undefined);
    return place === undefined ? undefined : found?.slots[place];
  }

  add(key: string, size: number, site: number): number {
    return this.addHashed(hashOf(key, this.#seed), size, site);
  }

  addHashed(hash: number, size: number, site: number): number {
    const room = this.#roomFor(site);
    const slot = this.#free.pop() ?? this.#newSlot();
    this.#settle(slot, room, room.eviction.addHashed(hash, size));
    return slot;
  }

  use(slot: number): void {
    this.#at(slot).eviction.use(this.#placeAt(slot));
  }

  resize(slot: number, size: number): void {
    this.size += size - this.sizeOf(slot);
    this.#at(slot).eviction.resize(this.#placeAt(slot), size);
  }

  evict(slot: number): void {
    const { eviction } = this.#leave(slot);
    eviction.evict(this.#placeAt(slot));
  }

  remove(slot: number): void {
    const { eviction } = this.#leave(slot);
    eviction.remove(this.#placeAt(slot));
  }

  /** Room by room. */
  *oldestFirst(): IterableIterator<number> {
    for (const { eviction, slots } of this.#rooms) {
      for (const place of eviction.oldestFirst()) yield slots[place] ?? 0;
    }
  }

  whereIs(slot: number): { readonly room: Eviction; readonly place: number } {
    return { room: this.#at(slot).eviction, place: this.#placeAt(slot) };
  }

  #roomFor(site: number): Room {
    return this.#roomOfSite.get(site) ?? this.#common;
  }

  #at(slot: number): Room {
    return this.#rooms[this.#roomOf[slot] ?? 0] ?? this.#common;
  }

  #placeAt(slot: number): number {
    return this.#placeOf[slot] ?? 0;
  }

  #settle(slot: number, room: Room, place: number): void {
    if (place >= room.slots.length) room.slots = grown(room.slots, place);
    room.slots[place] = slot;
    this.#roomOf[slot] = room.number;
    this.#placeOf[slot] = place;
    this.size += room.eviction.sizeOf(place);
    this.count += 1;
  }

  #leave(slot: number): Room {
    const room = this.#at(slot);
    this.size -= this.sizeOf(slot);
    this.count -= 1;
    this.#roomOf[slot] = FREE;
    this.#free.push(slot);
    return room;
  }

  #newSlot(): number {
    this.#slots += 1;
    this.#growTo(this.#slots - 1);
    return this.#slots - 1;
  }

  #growTo(slot: number): void {
    if (slot < this.#roomOf.length) return;
    const roomOf = new Uint16Array(Math.ceil((slot + 1) * 1.5)).fill(FREE);
    roomOf.set(this.#roomOf);
    this.#roomOf = roomOf;
    this.#placeOf = grown(this.#placeOf, slot);
  }
}

function grown(array: Uint32Array, slot: number): Uint32Array {
  const larger = new Uint32Array(Math.ceil((slot + 1) * 1.5));
  larger.set(array);
  return larger;
}
