/**
 * Which edge a client prefix is used to, by which edges it may have: what one site allows is no habit at others. A fixed
 * table: what falls on one place replaces what was there, and a prefix that is forgotten merely gets the best edge of the
 * moment. 23 bytes a prefix.
 */
import { hashNumber, hashText } from "./rendezvous.ts";

const NOBODY = -1;
const NO_EDGE = 0xffff;

/** Whose habit it is. */
export interface Habitual {
  readonly prefix: number;
  /** By edge number, 1: it may have it. Undefined: all. */
  readonly allowed: Uint8Array | undefined;
}

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
  readonly #fences: Uint32Array;
  readonly #edges: Uint16Array;
  readonly #challenges: Uint8Array;
  readonly #challengedAt: Float64Array;
  readonly #fenceHashes = new WeakMap<Uint8Array, number>();

  /** `capacity` is rounded up to a power of two. */
  constructor(capacity: number, epochMs: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, capacity)));
    this.#mask = size - 1;
    this.#epochMs = epochMs;
    this.#prefixes = new Float64Array(size).fill(NOBODY);
    this.#fences = new Uint32Array(size);
    this.#edges = new Uint16Array(size).fill(NO_EDGE);
    this.#challenges = new Uint8Array(size);
    this.#challengedAt = new Float64Array(size);
  }

  /** Reads the habit of a prefix; false when it has none. */
  read(who: Habitual, nowMs: number, into: Habit): boolean {
    const fence = this.#fenceOf(who.allowed);
    const slot = this.#slotOf(who.prefix, fence);
    if (!this.#isOf(slot, who.prefix, fence)) return false;
    into.edge = this.#edges[slot] ?? NO_EDGE;
    into.challenges = this.#challenges[slot] ?? 0;
    into.challengedForMs =
      into.challenges === 0 ? 0 : Math.max(0, nowMs - this.#epochMs - (this.#challengedAt[slot] ?? 0));
    return true;
  }

  /** The prefix goes to an edge; `isChallenged`: another one was clearly better this time. */
  keep({ prefix, allowed }: Habitual, edge: number, isChallenged: boolean, nowMs: number): void {
    const fence = this.#fenceOf(allowed);
    const slot = this.#slotOf(prefix, fence);
    const isSame = this.#isOf(slot, prefix, fence) && this.#edges[slot] === edge;
    const challenges = isSame ? (this.#challenges[slot] ?? 0) : 0;
    this.#prefixes[slot] = prefix;
    this.#fences[slot] = fence;
    this.#edges[slot] = edge;
    this.#challenges[slot] = isChallenged ? Math.min(255, challenges + 1) : 0;
    if (isChallenged && challenges === 0) this.#challengedAt[slot] = nowMs - this.#epochMs;
  }

  #slotOf(prefix: number, fence: number): number {
    return (hashNumber(prefix) ^ fence) & this.#mask;
  }

  #isOf(slot: number, prefix: number, fence: number): boolean {
    return this.#prefixes[slot] === prefix && this.#fences[slot] === fence;
  }

  /** A number for the edges that may be had, 0 for all; reckoned once for each list. */
  #fenceOf(allowed: Uint8Array | undefined): number {
    if (allowed === undefined) return 0;
    const fence = this.#fenceHashes.get(allowed) ?? hashText(allowed.join(""));
    this.#fenceHashes.set(allowed, fence);
    return fence;
  }
}
