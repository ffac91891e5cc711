/** The memory store, for Node and Workers: bounded in bytes; who must leave is the eviction's to say. */
import type { EntryRoom, Newcomer } from "../../core/cache/admission/entry-room.ts";
import { Eviction, type EvictionPolicy } from "../../core/cache/admission/eviction.ts";
import { SharedEviction } from "../../core/cache/admission/shared-eviction.ts";
import { sharesByNumber, siteNumberOfKey } from "../../core/cache/site-number.ts";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { Store, StoreEntry } from "../../core/ports.ts";
import { SharedParts } from "./shared-parts.ts";

/** Variants of one key, where nothing else is said. */
export const VARIANTS_PER_KEY = 16;
/** What an entry costs beside its characters and its body: objects, room left in slabs, the map's slot. */
export const ENTRY_OVERHEAD_BYTES = 640;
/** What a field line costs beside its characters. */
export const FIELD_OVERHEAD_BYTES = 48;

/** What left a memory store for want of room. */
export interface EvictedEntry<B> {
  readonly key: string;
  readonly variants: readonly StoredResponse<B>[];
  /** More than the once for which it came. */
  readonly wasUsedAgain: boolean;
}

/** What a memory store is made of. */
export interface MemoryStoreOptions<B> {
  readonly maxBytes: number;
  readonly variantsPerKeyMax?: number;
  /** `adaptive` where nothing is said. */
  readonly policy?: EvictionPolicy;
  /** A whole number below 2^32 that clients cannot know; absent: always the same. */
  readonly seed?: number;
  /** What the variants of a key cost; by default their bytes, and those of what is around them. */
  costOf?(variants: readonly StoredResponse<B>[], key: string): number;
  /** Told of what leaves for want of room, never of what is replaced or removed. */
  onEvicted?(evicted: EvictedEntry<B>): void;
}

/** What lies under one key: its variants, newest first, and when each was used last, counted in uses. */
interface Kept<B> extends StoreEntry<B> {
  readonly key: string;
  /** Its number in the eviction. */
  readonly slot: number;
  variants: readonly StoredResponse<B>[];
  /** From the second variant on. */
  lastUse: Map<string, number> | undefined;
}

/** Answers synchronously. One entry a key holds all of its variants, of which the least recently used goes first. */
export class MemoryStore<B> implements Store<B> {
  readonly #byKey = new Map<string, Kept<B>>();
  readonly #bySlot: (Kept<B> | undefined)[] = [];
  readonly #policy: EvictionPolicy;
  readonly #seed: number;
  #eviction: EntryRoom;
  /** Whether sites have shares, so that it matters whose an entry is. */
  #isShared = false;
  readonly #parts = new SharedParts();
  readonly #variantsPerKeyMax: number;
  readonly #costOf: (variants: readonly StoredResponse<B>[], key: string) => number;
  readonly #onEvicted: MemoryStoreOptions<B>["onEvicted"];
  #entries = 0;
  #uses = 0;
  #evictions = 0;

  constructor(options: MemoryStoreOptions<B>) {
    const { maxBytes, policy = "adaptive", seed = 0 } = options;
    this.#policy = policy;
    this.#seed = seed;
    this.#eviction = new Eviction({ maxSize: maxBytes, policy, seed });
    this.#variantsPerKeyMax = options.variantsPerKeyMax ?? VARIANTS_PER_KEY;
    this.#costOf = options.costOf ?? sizeOfVariants;
    this.#onEvicted = options.onEvicted;
  }

  find(key: string): readonly StoredResponse<B>[] {
    const kept = this.#byKey.get(key);
    if (kept === undefined) return [];
    this.#eviction.use(kept.slot);
    return kept.variants;
  }

  entry(key: string): StoreEntry<B> | undefined {
    return this.#byKey.get(key);
  }

  answered(entry: StoreEntry<B>): void {
    const { slot } = entry;
    if (slot !== undefined && this.#bySlot[slot] === entry) this.#eviction.use(slot);
  }

  /** What is stored under a key. Asking is no use of it. */
  peek(key: string): readonly StoredResponse<B>[] {
    return this.#byKey.get(key)?.variants ?? [];
  }

  /** A response larger than the whole store is not kept, and neither is the one that it replaces. */
  put(key: string, response: StoredResponse<B>): void {
    const kept = this.#byKey.get(key);
    const others = (kept?.variants ?? []).filter((other) => other.id !== response.id);
    const { maxSize } = this.#eviction;
    const fits = this.#costOf([response], key) <= maxSize;
    const lastUse = kept?.lastUse ?? (others.length > 0 ? new Map<string, number>() : undefined);
    if (fits && lastUse !== undefined) this.#use(lastUse, response.id);
    const variants = fits ? [this.#parts.shared(response), ...others] : others;
    while (variants.length > this.#variantsPerKeyMax) dropUnused(variants, lastUse);
    while (variants.length > 1 && this.#costOf(variants, key) > maxSize) dropUnused(variants, lastUse);
    this.#set(key, variants, lastUse);
  }

  used(key: string, id: string): void {
    const kept = this.#byKey.get(key);
    if (kept?.lastUse === undefined || kept.variants.every((variant) => variant.id !== id)) return;
    this.#use(kept.lastUse, id);
  }

  remove(key: string, id?: string): void {
    const kept = this.#byKey.get(key);
    if (kept === undefined) return;
    const variants = id === undefined ? [] : kept.variants.filter((variant) => variant.id !== id);
    if (id !== undefined) kept.lastUse?.delete(id);
    this.#set(key, variants, kept.lastUse);
  }

  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    return { entries: this.#entries, bytes: this.#eviction.size, maxBytes: this.#eviction.maxSize };
  }

  /** What sites are promised of it, in percent, by their names. What they do not use others may borrow. */
  share(percents: ReadonlyMap<string, number>): void {
    const shares = sharesByNumber(percents);
    if (shares.size === 0 && !this.#isShared) return;
    const { maxSize } = this.#eviction;
    const shared = new SharedEviction({ maxSize, policy: this.#policy, seed: this.#seed, shares });
    shared.adopt(this.#eviction, (slot) => siteNumberOfKey(this.#bySlot[slot]?.key ?? ""));
    this.#eviction = shared;
    this.#isShared = true;
  }

  /** Everything that is stored, by key. Looking is no use of it; what comes or goes meanwhile may be missed. */
  *contents(): IterableIterator<{ readonly key: string; readonly variants: readonly StoredResponse<B>[] }> {
    for (const { key, variants } of this.#byKey.values()) yield { key, variants };
  }

  /** How many keys have left for want of room. */
  get evictions(): number {
    return this.#evictions;
  }

  #use(lastUse: Map<string, number>, id: string): void {
    this.#uses += 1;
    lastUse.set(id, this.#uses);
  }

  #set(key: string, variants: readonly StoredResponse<B>[], lastUse: Kept<B>["lastUse"]): void {
    const kept = this.#byKey.get(key);
    if (variants.length === 0) {
      if (kept !== undefined) this.#drop(kept);
      return;
    }
    const cost = this.#costOf(variants, key);
    for (const { body } of variants) body.hold?.();
    if (kept !== undefined) {
      for (const { body } of kept.variants) body.release?.();
      this.#entries += variants.length - kept.variants.length;
      kept.variants = variants;
      kept.lastUse = lastUse;
      kept.note = undefined;
      this.#eviction.resize(kept.slot, cost);
      this.#makeRoom(0, kept.slot);
      return;
    }
    const site = this.#isShared ? siteNumberOfKey(key) : 0;
    this.#makeRoom(cost, undefined, { site, size: cost });
    const slot = this.#eviction.add(key, cost, site);
    const made: Kept<B> = { key, slot, variants, lastUse, note: undefined };
    this.#byKey.set(key, made);
    this.#bySlot[slot] = made;
    this.#entries += variants.length;
  }

  #makeRoom(cost: number, but?: number, newcomer?: Newcomer): void {
    while (!this.#eviction.hasRoom(cost)) {
      const victim = this.#eviction.victim(but, newcomer);
      const kept = victim === undefined ? undefined : this.#bySlot[victim];
      if (kept === undefined) throw new Error("the store is above its size, and holds nothing that could go");
      const wasUsedAgain = this.#eviction.wasUsedAgain(kept.slot);
      this.#eviction.evict(kept.slot);
      this.#forget(kept);
      this.#evictions += 1;
      this.#onEvicted?.({ key: kept.key, variants: kept.variants, wasUsedAgain });
    }
  }

  #drop(kept: Kept<B>): void {
    this.#eviction.remove(kept.slot);
    this.#forget(kept);
  }

  #forget(kept: Kept<B>): void {
    this.#byKey.delete(kept.key);
    this.#bySlot[kept.slot] = undefined;
    this.#entries -= kept.variants.length;
    for (const { body } of kept.variants) body.release?.();
  }
}

/** Takes out the variant unused for longest; of those that were never used, the oldest. */
function dropUnused<B>(variants: StoredResponse<B>[], lastUse: Kept<B>["lastUse"]): void {
  const lastUseOf = (variant: StoredResponse<B> | undefined): number => lastUse?.get(variant?.id ?? "") ?? 0;
  let unused = 0;
  for (const [index, variant] of variants.entries()) {
    if (lastUseOf(variant) <= lastUseOf(variants[unused])) unused = index;
  }
  for (const { id } of variants.splice(unused, 1)) lastUse?.delete(id);
}

function sizeOfVariants<B>(variants: readonly StoredResponse<B>[], key: string): number {
  let bytes = key.length;
  for (const variant of variants) {
    bytes += ENTRY_OVERHEAD_BYTES + (variant.body.memoryBytes ?? variant.body.bytes) + variant.id.length;
    bytes += sizeOfFields(variant.head.fields) + sizeOfFields(variant.varyOn);
  }
  return bytes;
}

function sizeOfFields(fields: readonly FieldLine[]): number {
  let bytes = 0;
  for (const [name, value] of fields) bytes += FIELD_OVERHEAD_BYTES + name.length + value.length;
  return bytes;
}
