/** One fetch a key: whoever asks for the same while it is under way shares it. */
import type { Admitted } from "../core/cache/admit.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { FieldLine, ResponseHead } from "../core/http/fields.ts";
import type { Spool, UpstreamFailure } from "../core/ports.ts";
import { FillMemory } from "./fill-memory.ts";
import { type Ask, Flight, type Lead, type Wait } from "./flight.ts";

/** What became of a fetch, for those who waited. */
export type Landing<B> =
  /** A response that may be shared: each takes a reader of the spool. */
  | { readonly kind: "shared"; readonly response: FlyingResponse<B> }
  /** A 304 confirmed the stored response, which now is this one. */
  | { readonly kind: "freshened"; readonly stored: StoredResponse<B> }
  /** The origin answered 304 to the client's own condition; it holds for all who sent the same condition and select it. */
  | { readonly kind: "not-modified"; readonly head: ResponseHead; readonly varyOn: readonly FieldLine[] }
  /** The answer may not be shared: everybody asks alone. */
  | { readonly kind: "unshared" }
  /** No usable answer came. */
  | { readonly kind: "failed"; readonly failure: UpstreamFailure | "server-error"; readonly status: number };

/** A response that may be shared, whose body may still be on its way. */
export interface FlyingResponse<B> {
  readonly admitted: Admitted;
  readonly spool: Spool<B>;
  /** Why the body is not stored, where that is known: it is longer than the store takes, or there is no room to keep it. */
  readonly unkept: "too-large" | "fills-full" | undefined;
  readonly requestAtMs: number;
  readonly responseAtMs: number;
}

/** How much may wait. */
export interface FlightLimits {
  /** Requests that wait for one fetch. */
  readonly maxWaitersPerKey: number;
  /** Memory of all requests that wait, at this edge. */
  readonly waitersMaxBytes: number;
  /** How often one fetch is tried anew by another of those who wait. */
  readonly leaderReplacementsMax: number;
}

/** The fetches under way, by flight key. A flight leaves when its body is stored or lost, or nobody can join it any more. */
export class Flights<B> {
  readonly #byKey = new Map<string, Flight<B>>();
  #waitingBytes = 0;
  /** Readers that have left the window of a fill. */
  readonly lagging = new Places();
  /** Memory of the bodies on their way. */
  readonly memory = new FillMemory();

  /** Waits for the flight of a key, if there is one; `full` when it has no room for one more. */
  join(key: string, ask: Ask, limits: FlightLimits): Wait<B> | "full" | undefined {
    const flight = this.#byKey.get(key);
    if (flight === undefined) return undefined;
    if (flight.waiters >= limits.maxWaitersPerKey) return "full";
    if (this.#waitingBytes + ask.bytes > limits.waitersMaxBytes) return "full";
    this.#waitingBytes += ask.bytes;
    return flight.wait(ask, () => {
      this.#waitingBytes -= ask.bytes;
    });
  }

  /** Whether somebody is already fetching this. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Starts a flight; the caller leads it and must land and end it. Without a key, or when the key has one already, it stays private. */
  start(key: string | undefined, limits: FlightLimits): Lead<B> {
    const flight: Flight<B> = new Flight(limits.leaderReplacementsMax, () => {
      if (key !== undefined && this.#byKey.get(key) === flight) this.#byKey.delete(key);
    });
    if (key !== undefined && !this.#byKey.has(key)) this.#byKey.set(key, flight);
    return flight.lead();
  }

  /** Who comes from now on does not join the flight that has landed so. */
  retire(key: string, landing: Landing<B>): void {
    if (this.#byKey.get(key)?.landing === landing) this.#byKey.delete(key);
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Memory of the requests that wait now. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }
}

/** A number of places, some of which are taken. */
class Places {
  #taken = 0;

  /** Takes one, if fewer than `max` are taken. */
  enter(max: number): boolean {
    if (this.#taken >= max) return false;
    this.#taken += 1;
    return true;
  }

  leave(): void {
    this.#taken -= 1;
  }

  get taken(): number {
    return this.#taken;
  }
}
