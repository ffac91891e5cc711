/**
 * Which edge a client prefix is used to. A fixed table: what falls on one place replaces what was there, and a prefix
 * that is forgotten merely gets the best edge of the moment. 19 bytes a prefix.
 */
import { hashNumber } from "./rendezvous.ts";

const NOBODY = -1;
const NO_EDGE = 0xffff;

/** What is remembered of one prefix. */
export interface Habit {
  edge: number;
  /** Another edge has been clearly better so many times in a row, since so long. */
  challenges: number;
  challengedForMs: number;
}

/** The table. Times are given by the caller and kept in seconds since the first one. */
export class StickyTable {
  readonly #mask: number;
  readonly #epochMs: number;
  readonly #prefixes: Float64Array;
  readonly #edges: Uint16Array;
  readonly #challenges: Uint8Array;
  readonly #challengedAt: Float64Array;

  /** `capacity` is rounded up to a power of two. */
  constructor(capacity: number, epochMs: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.#mask = size - 1;
    this.#epochMs = epochMs;
    this.#prefixes = new Float64Array(size).fill(NOBODY);
    this.#edges = new Uint16Array(size).fill(NO_EDGE);
    this.#challenges = new Uint8Array(size);
    this.#challengedAt = new Float64Array(size);
  }

  /** Reads the habit of a prefix; false when it has none. */
  read(prefix: number, nowMs: number, into: Habit): boolean {
    const slot = hashNumber(prefix) & this.#mask;
    if (this.#prefixes[slot] !== prefix) return false;
    into.edge = this.#edges[slot] ?? NO_EDGE;
    into.challenges = this.#challenges[slot] ?? 0;
    into.challengedForMs =
      into.challenges === 0 ? 0 : Math.max(0, nowMs - this.#epochMs - (this.#challengedAt[slot] ?? 0));
    return true;
  }

  /** The prefix goes to an edge; `isChallenged`: another one was clearly better this time. */
  keep(prefix: number, edge: number, isChallenged: boolean, nowMs: number): void {
    const slot = hashNumber(prefix) & this.#mask;
    const isSame = this.#prefixes[slot] === prefix && this.#edges[slot] === edge;
    const challenges = isSame ? (this.#challenges[slot] ?? 0) : 0;
    this.#prefixes[slot] = prefix;
    this.#edges[slot] = edge;
    this.#challenges[slot] = isChallenged ? Math.min(255, challenges + 1) : 0;
    if (isChallenged && challenges === 0) this.#challengedAt[slot] = nowMs - this.#epochMs;
  }
}
