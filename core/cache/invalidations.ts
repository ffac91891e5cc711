/**
 * What unsafe requests have made invalid (RFC 9111 §4.4, RFC 9875 §3). An invalidation is a comparison, not a hunt: each
 * fetch begins at a moment of its own, and what was fetched before the moment of an invalidation that names it is not
 * used. So it reaches fetches under way and responses whose keys nobody can enumerate.
 */

import type { Eventually } from "../ports.ts";

/** Less than any clock's millisecond, exact in a double. */
const TICK_MS = 1 / 1024;

/** Remembers names for as long as stored responses that bear them: over a restart, where these outlive one. */
export interface NameKeeper {
  /** When a name was made invalid last; 0 for never. */
  lastOfName(name: string): number;
  /** Whether any name was ever made invalid. */
  readonly hasNames: boolean;
  /** Settles when a kill cannot undo it, or when it could not be kept. Never fails. */
  add(names: readonly string[], momentMs: number): Promise<void>;
}

/** Remembers what was made invalid, and when. */
export class Invalidations {
  /** Asked when a fetch is joined or its response stored: a client can fill it, so it must not reach stored responses. */
  readonly #uris: NamedMoments<string>;
  /** Asked for every stored response that bears a name. */
  readonly #names: NamedMoments<string>;
  readonly #keeper: NameKeeper | undefined;
  #lastMs = 0;

  constructor(limits: { readonly maxUris: number; readonly maxNames: number }, keeper?: NameKeeper) {
    this.#keeper = keeper;
    this.#uris = new NamedMoments(limits.maxUris);
    this.#names = new NamedMoments(limits.maxNames);
  }

  /** A moment later than every other one, as near to the clock as that allows. */
  moment(nowMs: number): number {
    this.#lastMs = nowMs > this.#lastMs ? nowMs : this.#lastMs + TICK_MS;
    return this.#lastMs;
  }

  /** Makes invalid what was fetched until now for the URIs or bears one of the names: at once; settled: a kill cannot undo it. */
  add(
    invalid: { readonly uris: readonly string[]; readonly names: readonly string[] },
    nowMs: number,
  ): Eventually<void> {
    const momentMs = this.moment(nowMs);
    for (const uri of invalid.uris) this.#uris.set(uri, momentMs);
    for (const name of invalid.names) this.#names.set(name, momentMs);
    if (invalid.names.length > 0) return this.#keeper?.add(invalid.names, momentMs);
  }

  /** When a URI was made invalid last; 0 for never. */
  lastOfUri(uri: string): number {
    return this.#uris.last(uri);
  }

  /** When a name was made invalid last; 0 for never. */
  lastOfName(name: string): number {
    const lastMs = this.#names.last(name);
    return this.#keeper?.hasNames ? Math.max(lastMs, this.#keeper.lastOfName(name)) : lastMs;
  }

  /** Whether any name was ever made invalid: if not, nobody needs to ask. */
  get hasNames(): boolean {
    return this.#names.size > 0 || this.#keeper?.hasNames === true;
  }
}

/** Names with moments, bounded: when half is forgotten, all that is as old as it counts as invalid too. */
export class NamedMoments<N> {
  readonly #max: number;
  readonly #momentOf = new Map<N, number>();
  #floorMs = 0;

  constructor(max: number) {
    this.#max = max;
  }

  set(name: N, momentMs: number): void {
    this.#momentOf.delete(name);
    this.#momentOf.set(name, momentMs);
    if (this.#momentOf.size > this.#max) this.#forgetOlderHalf();
  }

  last(name: N): number {
    return this.#momentOf.get(name) ?? this.#floorMs;
  }

  get size(): number {
    return this.#momentOf.size;
  }

  /** What is as old as this is invalid, whatever its name; 0: nothing. */
  get floorMs(): number {
    return this.#floorMs;
  }

  /** All names count as made invalid at this moment, unless they were later. */
  setAll(momentMs: number): void {
    this.#floorMs = Math.max(this.#floorMs, momentMs);
    for (const [name, lastMs] of this.#momentOf) if (lastMs <= momentMs) this.#momentOf.delete(name);
  }

  entries(): Iterable<readonly [name: N, momentMs: number]> {
    return this.#momentOf.entries();
  }

  #forgetOlderHalf(): void {
    let excess = this.#momentOf.size - Math.ceil(this.#max / 2);
    for (const [name, momentMs] of this.#momentOf) {
      if (excess <= 0) return;
      excess -= 1;
      this.#floorMs = Math.max(this.#floorMs, momentMs);
      this.#momentOf.delete(name);
    }
  }
}
