/**
 * Measured round trips of client prefixes: for each prefix at most 16 edges, the nearest ones. One arena of typed
 * arrays, 188 bytes a prefix, least recently used first to go.
 */

/** Edges remembered for one prefix. When there are more, the farthest is forgotten. */
export const EDGES_PER_PREFIX = 16;
/** Round trips are kept in steps of 0.05 ms. */
const STEPS_PER_MS = 20;
const RTT_MAX_MS = 3200;
/** Weights are kept in steps of an eighth of a sample. */
const WEIGHT_STEPS = 8;
const WEIGHT_MAX = 31;
const TICK_MS = 60_000;
const TICKS_MAX = 0xffff;
/** A table can hold what was measured up to 11 days before it was made: tables are kept over restarts. */
const TICKS_BEFORE = 0x4000;
/** When 45 days are full, everything moves back by 23. */
const TICKS_MOVED = 0x8000;
const NOBODY = -1;
const NO_EDGE = 0xffff;

/** One measured pair, as it is read. */
export interface MeasuredEdge {
  edge: number;
  rttMs: number;
  /** How many samples it stands for, before decay. */
  weight: number;
  /** Mean absolute deviation of the samples. */
  spreadMs: number;
  /** Samples in a row that were far off, as signed count: below zero they were lower. */
  outliers: number;
  /** When it last changed, on the table's clock. */
  atTick: number;
}

/** The table. Times are given by the caller. */
export class PrefixTable {
  readonly capacity: number;
  #epochMs: number;
  readonly #heads: Int32Array;
  readonly #keys: Float64Array;
  readonly #chain: Int32Array;
  readonly #older: Int32Array;
  readonly #newer: Int32Array;
  readonly #edges: Uint16Array;
  readonly #rtts: Uint16Array;
  readonly #spreads: Uint16Array;
  readonly #ticks: Uint16Array;
  readonly #weights: Uint8Array;
  readonly #outliers: Int8Array;
  #size = 0;
  #oldest = NOBODY;
  #newest = NOBODY;

  constructor(capacity: number, madeAtMs: number) {
    this.capacity = capacity;
    this.#epochMs = madeAtMs - TICKS_BEFORE * TICK_MS;
    const cells = capacity * EDGES_PER_PREFIX;
    this.#heads = new Int32Array(capacity).fill(NOBODY);
    this.#keys = new Float64Array(capacity);
    this.#chain = new Int32Array(capacity);
    this.#older = new Int32Array(capacity);
    this.#newer = new Int32Array(capacity);
    this.#edges = new Uint16Array(cells).fill(NO_EDGE);
    this.#rtts = new Uint16Array(cells);
    this.#spreads = new Uint16Array(cells);
    this.#ticks = new Uint16Array(cells);
    this.#weights = new Uint8Array(cells);
    this.#outliers = new Int8Array(cells);
  }

  /** How many prefixes it holds. */
  get size(): number {
    return this.#size;
  }

  /** What it takes in memory, whatever it holds. */
  get bytes(): number {
    const fixed = [this.#heads, this.#keys, this.#chain, this.#older, this.#newer];
    const cells = [this.#edges, this.#rtts, this.#spreads, this.#ticks, this.#weights, this.#outliers];
    return [...fixed, ...cells].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** The table's own clock: minutes. Ask it before cells are read: it may set all of them back. */
  tickOf(nowMs: number): number {
    while ((nowMs - this.#epochMs) / TICK_MS > TICKS_MAX) this.#moveBack();
    return Math.max(0, Math.floor((nowMs - this.#epochMs) / TICK_MS));
  }

  /** The time of a tick. */
  msOfTick(tick: number): number {
    return this.#epochMs + tick * TICK_MS;
  }

  #moveBack(): void {
    this.#epochMs += TICKS_MOVED * TICK_MS;
    for (let cell = 0; cell < this.#ticks.length; cell += 1) {
      this.#ticks[cell] = Math.max(0, (this.#ticks[cell] ?? 0) - TICKS_MOVED);
    }
  }

  /** The slot of a prefix, or -1. Reading does not count as use: only samples keep a prefix alive. */
  find(key: number): number {
    let slot = this.#heads[this.#bucketOf(key)] ?? NOBODY;
    while (slot !== NOBODY && this.#keys[slot] !== key) slot = this.#chain[slot] ?? NOBODY;
    return slot;
  }

  /** Reads cell `index` of a slot into `into`; false when the cell is empty (and so are all after it). */
  read(slot: number, index: number, into: MeasuredEdge): boolean {
    const cell = slot * EDGES_PER_PREFIX + index;
    const edge = index < EDGES_PER_PREFIX ? (this.#edges[cell] ?? NO_EDGE) : NO_EDGE;
    if (edge === NO_EDGE) return false;
    into.edge = edge;
    into.rttMs = (this.#rtts[cell] ?? 0) / STEPS_PER_MS;
    into.weight = (this.#weights[cell] ?? 0) / WEIGHT_STEPS;
    into.spreadMs = (this.#spreads[cell] ?? 0) / STEPS_PER_MS;
    into.outliers = this.#outliers[cell] ?? 0;
    into.atTick = this.#ticks[cell] ?? 0;
    return true;
  }

  /** Reads what a prefix knows of one edge; false: nothing. */
  readEdge(key: number, edge: number, into: MeasuredEdge): boolean {
    const slot = this.find(key);
    if (slot === NOBODY) return false;
    for (let index = 0; this.read(slot, index, into); index += 1) if (into.edge === edge) return true;
    return false;
  }

  /** Writes what is known of one edge of a prefix, making room where needed. Returns false when the edge is too far to be kept. */
  write(key: number, measured: Readonly<MeasuredEdge>): boolean {
    const slot = this.#touch(key);
    const cell = this.#cellFor(slot, measured);
    if (cell === NOBODY) return false;
    this.#edges[cell] = measured.edge;
    this.#rtts[cell] = Math.round(Math.min(RTT_MAX_MS, Math.max(0, measured.rttMs)) * STEPS_PER_MS);
    this.#spreads[cell] = Math.round(Math.min(RTT_MAX_MS, Math.max(0, measured.spreadMs)) * STEPS_PER_MS);
    this.#ticks[cell] = measured.atTick;
    this.#weights[cell] = Math.round(Math.min(WEIGHT_MAX, measured.weight) * WEIGHT_STEPS);
    this.#outliers[cell] = measured.outliers;
    return true;
  }

  /** All prefixes, least recently used first. */
  *keys(): Generator<number> {
    for (let slot = this.#oldest; slot !== NOBODY; slot = this.#newer[slot] ?? NOBODY) yield this.#keys[slot] ?? 0;
  }

  /** The edge's own cell, an empty one, or that of the farthest edge when this one is nearer. */
  #cellFor(slot: number, measured: Readonly<MeasuredEdge>): number {
    const first = slot * EDGES_PER_PREFIX;
    let farthest = first;
    for (let cell = first; cell < first + EDGES_PER_PREFIX; cell += 1) {
      const edge = this.#edges[cell];
      if (edge === measured.edge || edge === NO_EDGE) return cell;
      if ((this.#rtts[cell] ?? 0) > (this.#rtts[farthest] ?? 0)) farthest = cell;
    }
    return (this.#rtts[farthest] ?? 0) / STEPS_PER_MS > measured.rttMs ? farthest : NOBODY;
  }

  #touch(key: number): number {
    const found = this.find(key);
    if (found === NOBODY) return this.#insert(key);
    this.#unlink(found);
    this.#append(found);
    return found;
  }

  #insert(key: number): number {
    const slot = this.#size < this.capacity ? this.#size : this.#evict();
    this.#size = Math.min(this.capacity, this.#size + 1);
    const bucket = this.#bucketOf(key);
    this.#keys[slot] = key;
    this.#chain[slot] = this.#heads[bucket] ?? NOBODY;
    this.#heads[bucket] = slot;
    const first = slot * EDGES_PER_PREFIX;
    this.#edges.fill(NO_EDGE, first, first + EDGES_PER_PREFIX);
    this.#append(slot);
    return slot;
  }

  /** Forgets the least recently used prefix and returns its slot. */
  #evict(): number {
    const slot = this.#oldest;
    const bucket = this.#bucketOf(this.#keys[slot] ?? 0);
    const next = this.#chain[slot] ?? NOBODY;
    let before = this.#heads[bucket] ?? NOBODY;
    if (before === slot) this.#heads[bucket] = next;
    else {
      while (this.#chain[before] !== slot) before = this.#chain[before] ?? NOBODY;
      this.#chain[before] = next;
    }
    this.#unlink(slot);
    return slot;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] ?? NOBODY;
    const newer = this.#newer[slot] ?? NOBODY;
    if (older === NOBODY) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NOBODY) this.#newest = older;
    else this.#older[newer] = older;
  }

  #append(slot: number): void {
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NOBODY;
    if (this.#newest === NOBODY) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #bucketOf(key: number): number {
    const low = key % 4_294_967_296;
    const mixed = Math.imul(low ^ Math.floor(key / 4_294_967_296), 0x9e3779b1) >>> 0;
    return ((mixed ^ (mixed >>> 15)) >>> 0) % this.capacity;
  }
}
