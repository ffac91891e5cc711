/**
 * What a disk store knows of its objects without reading them: some 140 bytes each, no keys, no heads. Says what is
 * written and what must go; the files are somebody else's. Bounded by the bytes that the files take.
 */
import type { EntryRoom } from "../admission/entry-room.ts";
import { Eviction, type EvictionPolicy } from "../admission/eviction.ts";
import { Ghosts } from "../admission/ghosts.ts";
import { mixed } from "../admission/hash.ts";
import { SharedEviction, type SiteShares } from "../admission/shared-eviction.ts";
import { NOBODY } from "../admission/shelf.ts";

/** One object: a variant of a key. */
export interface DiskObject {
  /** Of its key: a whole number below 2^53. */
  readonly keyHash: number;
  /** The number of its file. */
  readonly file: number;
  /** At least: the index knows lengths as what they take of the disk. */
  readonly fileBytes: number;
  /** Of the variant's id: a whole number below 2^32. */
  readonly idHash: number;
  /** The number of its site (`siteNumber`); 0: unknown. */
  readonly site: number;
}

/** Files take whole blocks. */
const BLOCK_BYTES = 4096;
const START_SLOTS = 64;
const SEEN_ONCE = 8;

/** What an index is made of. */
export interface DiskIndexOptions {
  readonly maxBytes: number;
  readonly policy: EvictionPolicy;
  readonly seed: number;
}

/** Objects by the hash of their key; those of one key are chained, newest first. */
export class DiskIndex {
  readonly #options: DiskIndexOptions;
  #eviction: EntryRoom;
  /** Who has come once, when there was no room: the second time it is written. */
  readonly #seen = new Ghosts();
  readonly #firstOf = new Map<number, number>();
  #files = new Float64Array(START_SLOTS);
  #keyHashes = new Float64Array(START_SLOTS);
  #nextOf = new Uint32Array(START_SLOTS);
  #idHashes = new Uint32Array(START_SLOTS);
  #sites = new Uint32Array(START_SLOTS);
  /** Of variants, counted in uses. */
  #lastUses = new Uint32Array(START_SLOTS);
  #uses = 0;

  constructor(options: DiskIndexOptions) {
    const { maxBytes, policy, seed } = options;
    this.#options = options;
    this.#eviction = new Eviction({ maxSize: maxBytes, policy, seed });
  }

  /** What sites are promised of the disk. */
  share(shares: SiteShares): void {
    if (shares.size === 0 && this.#eviction instanceof Eviction) return;
    const { maxBytes, policy, seed } = this.#options;
    const shared = new SharedEviction({ maxSize: maxBytes, policy, seed, shares });
    shared.adopt(this.#eviction, (slot) => this.#sites[slot] ?? 0);
    this.#eviction = shared;
  }

  get entries(): number {
    return this.#eviction.count;
  }

  get bytes(): number {
    return this.#eviction.size;
  }

  get maxBytes(): number {
    return this.#eviction.maxSize;
  }

  has(keyHash: number): boolean {
    return this.#firstOf.has(keyHash);
  }

  /** The objects of a key, newest first. */
  objectsOf(keyHash: number): readonly DiskObject[] {
    return [...this.#slotsOf(keyHash)].map((slot) => this.#objectAt(slot));
  }

  /** The one of a key's objects that was unused for longest, of those never used the oldest; undefined: there is none. */
  leastUsedOf(keyHash: number): DiskObject | undefined {
    let found = NOBODY;
    for (const slot of this.#slotsOf(keyHash)) {
      if (found === NOBODY || (this.#lastUses[slot] ?? 0) <= (this.#lastUses[found] ?? 0)) found = slot;
    }
    return found === NOBODY ? undefined : this.#objectAt(found);
  }

  /** A variant answered. */
  useVariant(keyHash: number, idHash: number): void {
    this.#uses += 1;
    for (const slot of this.#slotsOf(keyHash)) if (this.#idHashes[slot] === idHash) this.#lastUses[slot] = this.#uses;
  }

  /** The key was asked for, and its objects answered. */
  use(keyHash: number): void {
    for (const slot of this.#slotsOf(keyHash)) this.#eviction.use(slot);
  }

  /**
   * Whether it is worth writing: while there is room, or the site has not got what it is promised, everything is, then only
   * what has come before. So what is asked for once does not wear the disk.
   */
  admits({ keyHash, fileBytes, site }: Pick<DiskObject, "keyHash" | "fileBytes" | "site">): boolean {
    if (!this.fits(fileBytes)) return false;
    const size = taken(fileBytes);
    if (this.#eviction.hasRoom(size) || this.#eviction.isWithinShare({ site, size })) return true;
    const hash = hash32(keyHash);
    if (this.#seen.recall(hash) > 0) return true;
    this.#seen.remember(hash, SEEN_ONCE);
    return false;
  }

  /** Whether the store could have it if nothing else were there but `reservedBytes`. */
  fits(fileBytes: number, reservedBytes = 0): boolean {
    return taken(fileBytes) + reservedBytes <= this.maxBytes;
  }

  /** Takes out what must go so that files of this length have room beside `reservedBytes`. */
  makeRoom({ fileBytes, site }: Pick<DiskObject, "fileBytes" | "site">, reservedBytes = 0): readonly DiskObject[] {
    const newcomer = { site, size: taken(fileBytes) };
    const gone: DiskObject[] = [];
    while (!this.#eviction.hasRoom(newcomer.size + reservedBytes)) {
      const slot = this.#eviction.victim(undefined, newcomer);
      if (slot === undefined) break;
      gone.push(this.#objectAt(slot));
      this.#unchain(slot);
      this.#eviction.evict(slot);
    }
    return gone;
  }

  /** There is room for it. */
  add(object: DiskObject): void {
    const slot = this.#eviction.addHashed(hash32(object.keyHash), taken(object.fileBytes), object.site);
    if (slot >= this.#files.length) this.#grow(slot);
    this.#seen.growFor(this.entries);
    this.#files[slot] = object.file;
    this.#keyHashes[slot] = object.keyHash;
    this.#idHashes[slot] = object.idHash;
    this.#sites[slot] = object.site;
    this.#uses += 1;
    this.#lastUses[slot] = this.#uses;
    this.#nextOf[slot] = this.#firstOf.get(object.keyHash) ?? NOBODY;
    this.#firstOf.set(object.keyHash, slot);
  }

  /** False: it is not there any more. */
  remove({ keyHash, file }: Pick<DiskObject, "keyHash" | "file">): boolean {
    for (const slot of this.#slotsOf(keyHash)) {
      if (this.#files[slot] !== file) continue;
      this.#unchain(slot);
      this.#eviction.remove(slot);
      return true;
    }
    return false;
  }

  isThere({ keyHash, file }: Pick<DiskObject, "keyHash" | "file">): boolean {
    return this.objectsOf(keyHash).some((object) => object.file === file);
  }

  /** All objects, in no order. */
  *all(): IterableIterator<DiskObject> {
    for (const keyHash of this.#firstOf.keys()) yield* this.objectsOf(keyHash);
  }

  *#slotsOf(keyHash: number): IterableIterator<number> {
    let slot = this.#firstOf.get(keyHash) ?? NOBODY;
    while (slot !== NOBODY) {
      const next = this.#nextOf[slot] ?? NOBODY;
      yield slot;
      slot = next;
    }
  }

  #objectAt(slot: number): DiskObject {
    return {
      keyHash: this.#keyHashes[slot] ?? 0,
      file: this.#files[slot] ?? 0,
      fileBytes: this.#eviction.sizeOf(slot),
      idHash: this.#idHashes[slot] ?? 0,
      site: this.#sites[slot] ?? 0,
    };
  }

  #unchain(slot: number): void {
    const keyHash = this.#keyHashes[slot] ?? 0;
    const next = this.#nextOf[slot] ?? NOBODY;
    const first = this.#firstOf.get(keyHash);
    if (first === slot) {
      if (next === NOBODY) this.#firstOf.delete(keyHash);
      else this.#firstOf.set(keyHash, next);
      return;
    }
    for (const before of this.#slotsOf(keyHash)) if (this.#nextOf[before] === slot) this.#nextOf[before] = next;
  }

  #grow(slot: number): void {
    const slots = Math.ceil((slot + 1) * 1.5);
    this.#files = copied(new Float64Array(slots), this.#files);
    this.#keyHashes = copied(new Float64Array(slots), this.#keyHashes);
    this.#nextOf = copied(new Uint32Array(slots), this.#nextOf);
    this.#idHashes = copied(new Uint32Array(slots), this.#idHashes);
    this.#sites = copied(new Uint32Array(slots), this.#sites);
    this.#lastUses = copied(new Uint32Array(slots), this.#lastUses);
  }
}

function copied<T extends { set(from: T): void }>(to: T, from: T): T {
  to.set(from);
  return to;
}

/** What a file of this length takes of the disk. */
export function taken(fileBytes: number): number {
  return Math.max(1, Math.ceil(fileBytes / BLOCK_BYTES)) * BLOCK_BYTES;
}

function hash32(keyHash: number): number {
  return mixed((keyHash % 0x1_0000_0000) ^ Math.floor(keyHash / 0x1_0000_0000));
}
