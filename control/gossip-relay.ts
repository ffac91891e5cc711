/** Passes on what nodes tell each other: round trips for a moment, the last word of each router. In memory only. */
import type { Members } from "../core/ledger/read-json.ts";
import {
  type Failing,
  type Observer,
  ROUND_TRIPS_MAX,
  type RoundTrip,
  readFailing,
  readRoundTrips,
  wireOf,
} from "../fleet/gossip.ts";

/** Round trips that wait for followers to be told: some seconds' worth. */
const KEPT_MAX = 20_000;
/** An observer's word is passed on for so long; those who hear it judge by themselves how old it may be. */
const WORD_MAX_MS = 15_000;
const OBSERVERS_MAX = 100;

/** What a follower is told, as members of a piece of news. */
export interface GossipNews {
  readonly observers?: readonly Observer[];
  readonly roundTrips?: readonly (readonly [string, string, number, string])[];
}

/** One control's. */
export class GossipRelay {
  #kept: { readonly from: string; readonly trip: RoundTrip }[] = [];
  /** The number of the first that is kept. */
  #first = 0;
  readonly #words = new Map<string, { readonly failing: Failing; readonly atMs: number }>();

  /** Where a new follower begins: it is told what comes from now on. */
  get end(): number {
    return this.#first + this.#kept.length;
  }

  /** Takes what a node says in a heartbeat. */
  hear(id: string, body: Members, atMs: number): void {
    for (const trip of readRoundTrips(body.roundTrips)) this.#kept.push({ from: id, trip });
    if (this.#kept.length > KEPT_MAX) {
      const over = this.#kept.length - KEPT_MAX / 2;
      this.#kept = this.#kept.slice(over);
      this.#first += over;
    }
    const failing = readFailing(body.failing);
    if (failing === undefined) return;
    this.#words.delete(id);
    this.#words.set(id, { failing, atMs });
    const [oldest] = this.#words.keys();
    if (this.#words.size > OBSERVERS_MAX && oldest !== undefined) this.#words.delete(oldest);
  }

  /** What a follower has not been told yet, and where its next piece begins. Nobody is told what it said itself. */
  since(begin: number, follower: string, nowMs: number): { readonly news: GossipNews; readonly end: number } {
    const from = Math.max(0, begin - this.#first);
    const piece = this.#kept.slice(from, from + ROUND_TRIPS_MAX);
    const roundTrips = piece.flatMap(({ from: id, trip }) => (id === follower ? [] : [wireOf(trip)]));
    const observers = [...this.#words].flatMap(([id, { failing, atMs }]) =>
      id === follower || nowMs - atMs > WORD_MAX_MS ? [] : [{ id, failing, heardAtMs: atMs }],
    );
    const news = { ...(observers.length > 0 && { observers }), ...(roundTrips.length > 0 && { roundTrips }) };
    return { news, end: this.#first + from + piece.length };
  }
}
