/** The memory store, for Node and Workers: least recently used keys go first, the bound is in bytes. */
import { LRUCache } from "lru-cache";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { FieldLine } from "../../core/http/fields.ts";
import type { Store } from "../../core/ports.ts";

/** Variants of one key; the oldest goes when another comes. */
export const VARIANTS_PER_KEY = 16;
/** What an entry costs beside its characters and its body: objects, the buffer's header, the map's slot. */
export const ENTRY_OVERHEAD_BYTES = 1_024;
/** What a field line costs beside its characters. */
export const FIELD_OVERHEAD_BYTES = 48;

/** Answers synchronously. One LRU entry a key holds all of its variants. */
export class MemoryStore<B> implements Store<B> {
  readonly #cache: LRUCache<string, readonly StoredResponse<B>[]>;
  #entries = 0;

  constructor(options: { readonly maxBytes: number }) {
    this.#cache = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: sizeOfVariants,
      dispose: (variants) => {
        this.#entries -= variants.length;
      },
      onInsert: (variants) => {
        this.#entries += variants.length;
      },
    });
  }

  find(key: string): readonly StoredResponse<B>[] {
    return this.#cache.get(key) ?? [];
  }

  /** A response larger than the whole store is not kept, and neither is the one that it replaces. */
  put(key: string, response: StoredResponse<B>): void {
    const others = (this.#cache.peek(key) ?? []).filter((other) => other.id !== response.id);
    const fits = sizeOfVariants([response], key) <= this.#cache.maxSize;
    const variants = (fits ? [response, ...others] : others).slice(0, VARIANTS_PER_KEY);
    while (variants.length > 1 && sizeOfVariants(variants, key) > this.#cache.maxSize) variants.pop();
    this.#set(key, variants);
  }

  remove(key: string, id?: string): void {
    const kept = id === undefined ? [] : (this.#cache.peek(key) ?? []).filter((variant) => variant.id !== id);
    this.#set(key, kept);
  }

  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    return { entries: this.#entries, bytes: this.#cache.calculatedSize, maxBytes: this.#cache.maxSize };
  }

  #set(key: string, variants: readonly StoredResponse<B>[]): void {
    if (variants.length === 0) this.#cache.delete(key);
    else this.#cache.set(key, variants);
  }
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
