/** How much the entries that had to leave were used: who comes back is no stranger. Bounded by the number of entries. */

const WAYS = 4;
const START_SETS = 4;
const WEIGHT_BITS = 0xff;
const TAG_BITS = ~WEIGHT_BITS;

/** A table of sets of four. Each place holds 24 bits of a hash and the weight that its entry had; the oldest of a set goes. */
export class Ghosts {
  #places = new Uint32Array(START_SETS * WAYS);
  #setsMask = START_SETS - 1;
  /** Where the next one of a set goes. */
  #turns = new Uint8Array(START_SETS);

  /** Remembers the weight, from 1 to 255, of what left. */
  remember(hash: number, weight: number): void {
    const set = setOf(hash) & this.#setsMask;
    const turn = this.#turns[set] ?? 0;
    this.#turns[set] = (turn + 1) % WAYS;
    this.#places[set * WAYS + turn] = ((hash & TAG_BITS) | weight) >>> 0;
  }

  /** The weight of one that left and is back; 0: it is not remembered. It is then forgotten. */
  recall(hash: number): number {
    const first = (setOf(hash) & this.#setsMask) * WAYS;
    for (let place = first; place < first + WAYS; place += 1) {
      const held = this.#places[place] ?? 0;
      if (held === 0 || ((held ^ hash) & TAG_BITS) !== 0) continue;
      this.#places[place] = 0;
      return held & WEIGHT_BITS;
    }
    return 0;
  }

  /** Makes the table large enough for about as many as there are entries. What it holds is forgotten when it grows. */
  growFor(entries: number): void {
    if (entries <= (this.#setsMask + 1) * WAYS * 1.5) return;
    const sets = (this.#setsMask + 1) * 2;
    this.#places = new Uint32Array(sets * WAYS);
    this.#turns = new Uint8Array(sets);
    this.#setsMask = sets - 1;
  }
}

/** Other bits than those of the tag, as far as there are any. */
function setOf(hash: number): number {
  return Math.imul(hash, 0x9e37_79b1) >>> 8;
}
