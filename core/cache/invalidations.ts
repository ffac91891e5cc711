/**
 * What unsafe requests have made invalid (RFC 9111 §4.4, RFC 9875 §3). An invalidation is a comparison, not a hunt: each
 * fetch begins at a moment of its own, and what was fetched before the moment of an invalidation that names it is not
 * used. So it reaches fetches under way and responses whose keys nobody can enumerate.
 */

/** Less than any clock's millisecond, exact in a double. */
const TICK_MS = 1 / 1024;

/** Remembers what was made invalid, and when. */
export class Invalidations {
  /** Asked when a fetch is joined or its response stored: a client can fill it, so it must not reach stored responses. */
  readonly #uris: NamedMoments;
  /** Asked for every stored response that bears a name. */
  readonly #names: NamedMoments;
  #lastMs = 0;

  constructor(limits: { readonly maxUris: number; readonly maxNames: number }) {
    this.#uris = new NamedMoments(limits.maxUris);
    this.#names = new NamedMoments(limits.maxNames);
  }

  /** A moment later than every other one, as near to the clock as that allows. */
  moment(nowMs: number): number {
    this.#lastMs = nowMs > this.#lastMs ? nowMs : this.#lastMs + TICK_MS;
    return this.#lastMs;
  }

  /** Makes invalid what was fetched until now for the URIs or bears one of the names. */
  add(invalid: { readonly uris: readonly string[]; readonly names: readonly string[] }, nowMs: number): void {
    const momentMs = this.moment(nowMs);
    for (const uri of invalid.uris) this.#uris.set(uri, momentMs);
    for (const name of invalid.names) this.#names.set(name, momentMs);
  }

  /** When a URI was made invalid last; 0 for never. */
  lastOfUri(uri: string): number {
    return this.#uris.last(uri);
  }

  /** When a name was made invalid last; 0 for never. */
  lastOfName(name: string): number {
    return this.#names.last(name);
  }

  /** Whether any name was ever made invalid: if not, nobody needs to ask. */
  get hasNames(): boolean {
    return this.#names.size > 0;
  }
}

/** Names with moments, bounded: when half is forgotten, all that is as old as it counts as invalid too. */
class NamedMoments {
  readonly #max: number;
  readonly #momentOf = new Map<string, number>();
  #floorMs = 0;

  constructor(max: number) {
    this.#max = max;
  }

  set(name: string, momentMs: number): void {
    this.#momentOf.delete(name);
    this.#momentOf.set(name, momentMs);
    if (this.#momentOf.size > this.#max) this.#forgetOlderHalf();
  }

  last(name: string): number {
    return this.#momentOf.get(name) ?? this.#floorMs;
  }

  get size(): number {
    return this.#momentOf.size;
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
