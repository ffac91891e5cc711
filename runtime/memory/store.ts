/** The memory store, for Node and Workers: least recently used keys go first, the bound is in bytes. */
import { LRUCache } from "lru-cache";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { Store } from "../../core/ports.ts";

/** Variants of one key, where nothing else is said. */
export const VARIANTS_PER_KEY = 16;
/** What an entry costs beside its characters and its body: objects, the buffer's header, the map's slot. */
export const ENTRY_OVERHEAD_BYTES = 1_024;
/** What a field line costs beside its characters. */
export const FIELD_OVERHEAD_BYTES = 48;

/** What lies under one key: its variants, newest first, and when each was used last, counted in uses. */
interface Kept<B> {
  readonly variants: readonly StoredResponse<B>[];
  /** From the second variant on. */
  readonly lastUse: Map<string, number> | undefined;
}

/** Answers synchronously. One LRU entry a key holds all of its variants, of which the least recently used goes first. */
export class MemoryStore<B> implements Store<B> {
  readonly #cache: LRUCache<string, Kept<B>>;
  readonly #variantsPerKeyMax: number;
  #entries = 0;
  #uses = 0;

  constructor(options: { readonly maxBytes: number; readonly variantsPerKeyMax?: number }) {
    this.#variantsPerKeyMax = options.variantsPerKeyMax ?? VARIANTS_PER_KEY;
    this.#cache = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: ({ variants }, key) => sizeOfVariants(variants, key),
      dispose: ({ variants }) => {
        this.#entries -= variants.length;
      },
      onInsert: ({ variants }) => {
        this.#entries += variants.length;
      },
    });
  }

  find(key: string): readonly StoredResponse<B>[] {
    return this.#cache.get(key)?.variants ?? [];
  }

  /** A response larger than the whole store is not kept, and neither is the one that it replaces. */
  put(key: string, response: StoredResponse<B>): void {
    const kept = this.#cache.peek(key);
    const others = (kept?.variants ?? []).filter((other) => other.id !== response.id);
    const fits = sizeOfVariants([response], key) <= this.#cache.maxSize;
    const lastUse = kept?.lastUse ?? (others.length > 0 ? new Map<string, number>() : undefined);
    if (fits && lastUse !== undefined) this.#use(lastUse, response.id);
    const variants = fits ? [response, ...others] : others;
    while (variants.length > this.#variantsPerKeyMax) dropUnused(variants, lastUse);
    while (variants.length > 1 && sizeOfVariants(variants, key) > this.#cache.maxSize) dropUnused(variants, lastUse);
    this.#set(key, variants, lastUse);
  }

  used(key: string, id: string): void {
    const kept = this.#cache.peek(key);
    if (kept?.lastUse === undefined || kept.variants.every((variant) => variant.id !== id)) return;
    this.#use(kept.lastUse, id);
  }

  remove(key: string, id?: string): void {
    const kept = this.#cache.peek(key);
    if (kept === undefined) return;
    const variants = id === undefined ? [] : kept.variants.filter((variant) => variant.id !== id);
    if (id !== undefined) kept.lastUse?.delete(id);
    this.#set(key, variants, kept.lastUse);
  }

  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    return { entries: this.#entries, bytes: this.#cache.calculatedSize, maxBytes: this.#cache.maxSize };
  }

  #use(lastUse: Map<string, number>, id: string): void {
    this.#uses += 1;
    lastUse.set(id, this.#uses);
  }

  #set(key: string, variants: readonly StoredResponse<B>[], lastUse: Kept<B>["lastUse"]): void {
    if (variants.length === 0) this.#cache.delete(key);
    else this.#cache.set(key, { variants, lastUse });
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
    bytes += ENTRY_OVERHEAD_BYTES + variant.body.bytes + variant.id.length;
    bytes += sizeOfFields(variant.head.fields) + sizeOfFields(variant.varyOn);
  }
  return bytes;
}

function sizeOfFields(fields: readonly FieldLine[]): number {
  let bytes = 0;
  for (const [name, value] of fields) bytes += FIELD_OVERHEAD_BYTES + name.length + value.length;
  return bytes;
}
