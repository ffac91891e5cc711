/** One fetch under way: who leads it, who waits for it, and who takes over. */
import { Cancellation } from "../core/cancellation.ts";
import type { Incoming } from "../core/ports.ts";
import type { Landing } from "./flights.ts";

/** A request that would wait. */
export interface Ask {
  /** About what it takes in memory. */
  readonly bytes: number;
  /** Fires when its client leaves. */
  readonly cancellation: Cancellation;
}

/** What a request keeps while it waits, beside its characters: its exchange, its promises, a socket. */
const WAITER_OVERHEAD_BYTES = 2_048;
const FIELD_OVERHEAD_BYTES = 48;

/** A request as one that would wait. */
export function askOf({ head, cancellation }: Pick<Incoming<unknown>, "head" | "cancellation">): Ask {
  let bytes = WAITER_OVERHEAD_BYTES + head.target.length;
  for (const [name, value] of head.fields) bytes += FIELD_OVERHEAD_BYTES + name.length + value.length;
  return { bytes, cancellation };
}

/** One who waits. */
export interface Wait<B> {
  /** Settles once, never rejects. `lead`: the leader failed, and this one is to fetch in its place; `left`: its client is gone. */
  readonly landing: Promise<Landing<B> | { readonly kind: "lead"; readonly lead: Lead<B> } | { readonly kind: "left" }>;
  /** It has taken what it needs of the landing, or does not want it. Must be called. */
  done(): void;
}

/** What a leader does with its flight. */
export interface Lead<B> {
  /** Fires when nobody wants the answer any more; only before it has landed. */
  readonly deserted: Cancellation;
  /** The leader's own client, which may leave. */
  follow(client: Cancellation): void;
  /** Whether others than the leader want the answer. */
  isAwaited(): boolean;
  /** Tells all who wait. */
  land(landing: Landing<B>): void;
  /** Makes one of those who wait the leader, and lets the others wait on. False when there is none, or it was tried too often. */
  handOver(): boolean;
  /** Nobody can join any more. */
  end(): void;
}

interface Waiter<B> {
  readonly settle: (result: Awaited<Wait<B>["landing"]>) => void;
  settled: boolean;
}

/** A flight: one leader at a time, any number of waiters, one landing. */
export class Flight<B> {
  readonly #waiters = new Set<Waiter<B>>();
  readonly #end: () => void;
  #handOversLeft: number;
  #landing: Landing<B> | undefined;
  #deserted: Cancellation | undefined;
  #leaderLeft = false;

  constructor(handOversMax: number, end: () => void) {
    this.#handOversLeft = handOversMax;
    this.#end = end;
  }

  /** Those who wait, and those who have not yet taken what has landed. */
  get waiters(): number {
    return this.#waiters.size;
  }

  get landing(): Landing<B> | undefined {
    return this.#landing;
  }

  /** Waits. `onDone` is called once, when this one is no waiter any more. */
  wait(ask: Ask, onDone: () => void): Wait<B> {
    let settle: Waiter<B>["settle"] = () => {};
    const landing: Wait<B>["landing"] = new Promise((resolve) => {
      settle = resolve;
    });
    const waiter: Waiter<B> = { settle, settled: false };
    this.#waiters.add(waiter);
    let stopListening = (): void => {};
    const done = (): void => {
      stopListening();
      if (!this.#waiters.delete(waiter)) return;
      onDone();
      this.#cancelIfDeserted();
    };
    stopListening = ask.cancellation.onCancel(() => {
      if (!waiter.settled) this.#tell(waiter, { kind: "left" });
      done();
    });
    if (this.#landing !== undefined && !waiter.settled) this.#tell(waiter, this.#landing);
    return { landing, done };
  }

  /** The handle of a new leader. */
  lead(): Lead<B> {
    const deserted = new Cancellation();
    this.#deserted = deserted;
    this.#leaderLeft = false;
    let stopListening = (): void => {};
    return {
      deserted,
      follow: (client) => {
        stopListening = client.onCancel(() => {
          this.#leaderLeft = true;
          this.#cancelIfDeserted();
        });
      },
      isAwaited: () => this.#waiters.size > 0,
      land: (landing) => {
        stopListening();
        this.#deserted = undefined;
        this.#landing = landing;
        for (const waiter of this.#waiters) if (!waiter.settled) this.#tell(waiter, landing);
      },
      handOver: () => {
        stopListening();
        return this.#handOver();
      },
      end: this.#end,
    };
  }

  #handOver(): boolean {
    if (this.#handOversLeft === 0) return false;
    for (const waiter of this.#waiters) {
      if (waiter.settled) continue;
      this.#handOversLeft -= 1;
      this.#tell(waiter, { kind: "lead", lead: this.lead() });
      return true;
    }
    return false;
  }

  #tell(waiter: Waiter<B>, result: Awaited<Wait<B>["landing"]>): void {
    waiter.settled = true;
    waiter.settle(result);
  }

  #cancelIfDeserted(): void {
    if (this.#leaderLeft && this.#waiters.size === 0) this.#deserted?.cancel();
  }
}
