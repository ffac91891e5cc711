/** One fetch a key: whoever asks for the same while it is under way shares it. */
import type { Admitted } from "../core/cache/admit.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { FieldLine, ResponseHead } from "../core/http/fields.ts";
import type { Spool, UpstreamFailure } from "../core/ports.ts";

/** What became of a fetch, for those who waited. */
export type Landing<B> =
  /** A response that may be stored: each takes a reader of the spool. */
  | { readonly kind: "shared"; readonly response: FlyingResponse<B> }
  /** A 304 confirmed the stored response, which now is this one. */
  | { readonly kind: "freshened"; readonly stored: StoredResponse<B> }
  /** The origin answered 304 to the client's own condition; it holds for all who sent the same condition and select it. */
  | { readonly kind: "not-modified"; readonly head: ResponseHead; readonly varyOn: readonly FieldLine[] }
  /** The answer may not be shared: everybody asks alone. */
  | { readonly kind: "unshared" }
  /** No usable answer came. */
  | { readonly kind: "failed"; readonly failure: UpstreamFailure | "server-error"; readonly status: number };

/** A storable response whose body may still be on its way. */
export interface FlyingResponse<B> {
  readonly admitted: Admitted;
  readonly spool: Spool<B>;
  readonly requestAtMs: number;
  readonly responseAtMs: number;
}

/** One fetch under way. */
export interface Flight<B> {
  readonly landing: Promise<Landing<B>>;
  waiters: number;
}

/** The fetches under way, by flight key. A flight leaves when its head has landed and its body is stored or lost. */
export class Flights<B> {
  readonly #byKey = new Map<string, Flight<B>>();

  /** The flight of a key, if it has room for one more waiter. */
  join(key: string, maxWaiters: number): Flight<B> | undefined {
    const flight = this.#byKey.get(key);
    if (flight === undefined || flight.waiters >= maxWaiters) return undefined;
    flight.waiters += 1;
    return flight;
  }

  /** Whether somebody is already fetching this. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Starts a flight; the caller leads it and must end it. Without a key, or when the key has one already, it stays private. */
  start(key: string | undefined): { land(landing: Landing<B>): void; end(): void; waiters(): number } {
    let land: (landing: Landing<B>) => void = () => {};
    const flight: Flight<B> = {
      landing: new Promise((resolve) => {
        land = resolve;
      }),
      waiters: 0,
    };
    if (key !== undefined && !this.#byKey.has(key)) this.#byKey.set(key, flight);
    return {
      land,
      waiters: () => flight.waiters,
      end: () => {
        if (key !== undefined && this.#byKey.get(key) === flight) this.#byKey.delete(key);
      },
    };
  }

  get size(): number {
    return this.#byKey.size;
  }
}
