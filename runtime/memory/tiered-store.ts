/**
 * Memory in front of a slower tier that holds more, as one store. What is put goes to both; what is asked for comes back
 * into memory. A key's variants are never in memory in part while others of them are below.
 */
import type { NameKeeper } from "../../core/cache/invalidations.ts";
import type { StoredResponse } from "../../core/cache/stored.ts";
import type { ArrivingBody, KeptBody, Store, StoreEntry } from "../../core/ports.ts";
import { type EvictedEntry, MemoryStore, type MemoryStoreOptions, VARIANTS_PER_KEY } from "./store.ts";

/** The slower tier. Bodies that it leaves where they are have `memoryBytes` 0. */
export interface LowerTier<B> extends Store<B> {
  /** Whether there may be something under a key; quick. */
  mayHave(key: string): boolean;
  /** Whether it holds this very body still, for at least as long as it takes to open it. */
  holds(body: KeptBody<B>): boolean;
  /** What sites are promised of it, in percent, by their names. */
  share(percents: ReadonlyMap<string, number>): void;
  /** Remembers names that were made invalid for as long as it remembers responses. */
  readonly names: NameKeeper;
}

/** What a tiered store is made of. */
export interface TieredStoreOptions<B> extends Omit<MemoryStoreOptions<B>, "onEvicted"> {
  readonly lower: LowerTier<B>;
  /** Whether what is below may answer; absent: it may. Until it may, nothing of it is found. */
  lowerMayAnswer?(): boolean;
  /** Work that goes on after an answer. */
  inBackground(work: Promise<unknown>): void;
}

/** Two tiers behind one port. `usage` is that of memory; the lower tier has its own. */
export class TieredStore<B> implements Store<B> {
  readonly memory: MemoryStore<B>;
  readonly #variantsPerKeyMax: number;
  readonly #lower: LowerTier<B>;
  readonly #lowerMayAnswer: () => boolean;
  readonly #inBackground: (work: Promise<unknown>) => void;
  /** One reading of the lower tier a key, however many ask. Bounded by the requests under way. */
  readonly #reading = new Map<string, Promise<readonly StoredResponse<B>[]>>();

  constructor({ lower, lowerMayAnswer = () => true, inBackground, ...memory }: TieredStoreOptions<B>) {
    this.#lower = lower;
    this.#variantsPerKeyMax = memory.variantsPerKeyMax ?? VARIANTS_PER_KEY;
    this.#lowerMayAnswer = lowerMayAnswer;
    this.#inBackground = inBackground;
    this.memory = new MemoryStore({ ...memory, onEvicted: (evicted) => this.#sink(evicted) });
  }

  find(key: string): readonly StoredResponse<B>[] | Promise<readonly StoredResponse<B>[]> {
    const found = this.memory.find(key);
    if (found.length > 0 && found.every(({ body }) => this.#isThere(body))) return found;
    if (found.length > 0) this.memory.remove(key);
    return this.#lower.mayHave(key) && this.#lowerMayAnswer() ? this.#raise(key) : [];
  }

  put(key: string, response: StoredResponse<B>): Promise<void> {
    const raised = this.#isBelowOnly(key) ? this.#raise(key) : undefined;
    if (raised === undefined) return this.#putBoth(key, response, this.memory.peek(key));
    return raised.then((found) => this.#putBoth(key, response, found));
  }

  putArriving(
    key: string,
    response: Omit<StoredResponse<B>, "body">,
    body: ArrivingBody<B>,
  ): Promise<void> | undefined {
    // What memory has of the key is not all that there is once this is stored.
    return this.#lower.putArriving?.(key, response, body)?.then(() => this.memory.remove(key));
  }

  /** Only what lies in memory whole is ready to answer. */
  entry(key: string): StoreEntry<B> | undefined {
    const entry = this.memory.entry(key);
    return entry?.variants.every(({ body }) => body.memoryBytes === undefined) ? entry : undefined;
  }

  answered(entry: StoreEntry<B>): void {
    this.memory.answered(entry);
  }

  used(key: string, id: string): void {
    this.memory.used(key, id);
    void this.#lower.used(key, id);
  }

  async remove(key: string, id?: string): Promise<void> {
    this.memory.remove(key, id);
    await this.#lower.remove(key, id);
    // A reading that had begun before may have brought it back.
    this.memory.remove(key, id);
  }

  /** What sites are promised of each tier. */
  share(percents: ReadonlyMap<string, number>): void {
    this.memory.share(percents);
    this.#lower.share(percents);
  }

  usage(): { readonly entries: number; readonly bytes: number; readonly maxBytes: number } {
    return this.memory.usage();
  }

  #isThere(body: KeptBody<B>): boolean {
    return body.memoryBytes === undefined || this.#lower.holds(body);
  }

  #isBelowOnly(key: string): boolean {
    return this.memory.peek(key).length === 0 && this.#lower.mayHave(key);
  }

  #putBoth(key: string, response: StoredResponse<B>, before: readonly StoredResponse<B>[]): Promise<void> {
    const others = before.filter(({ id }) => id !== response.id).length;
    this.memory.put(key, response);
    const kept = this.memory.peek(key).length;
    const isInPart = kept <= others && kept < this.#variantsPerKeyMax;
    return Promise.resolve(this.#lower.put(key, response)).then(() => {
      if (isInPart && this.#lower.mayHave(key)) this.memory.remove(key);
    });
  }

  #raise(key: string): Promise<readonly StoredResponse<B>[]> {
    const under = this.#reading.get(key);
    if (under !== undefined) return under;
    const reading = this.#readInto(key).finally(() => this.#reading.delete(key));
    this.#reading.set(key, reading);
    return reading;
  }

  async #readInto(key: string): Promise<readonly StoredResponse<B>[]> {
    const found = await this.#lower.find(key);
    // What was put meanwhile is newer.
    if (this.memory.peek(key).length > 0) return this.memory.find(key);
    for (const response of [...found].reverse()) this.memory.put(key, response);
    if (this.memory.peek(key).length < found.length) this.memory.remove(key);
    return found;
  }

  /** What was used more than once is worth keeping below, if it is not there. */
  #sink({ key, variants, wasUsedAgain }: EvictedEntry<B>): void {
    if (!wasUsedAgain) return;
    for (const response of [...variants].reverse()) {
      if (response.body.memoryBytes !== undefined || this.#lower.holds(response.body)) continue;
      this.#inBackground(Promise.resolve(this.#lower.put(key, response)));
    }
  }
}
