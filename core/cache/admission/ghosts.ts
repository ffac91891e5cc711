/** How much the entries that had to leave were used: who comes back is no stranger. Bounded by the number of entries. */

const WAYS = 4;
const START_SETS = 4;
/** Places for each entry of the store, at least; at most twice as many. */
const PLACES_PER_ENTRY = 1.5;
/** The lower bits of a place hold the weight, coarsely; the others bits of the hash. */
const WEIGHT_BITS = 5;
const WEIGHT_MASK = (1 << WEIGHT_BITS) - 1;
const WEIGHT_STEP = 8;

/** A table of sets of four. Each place holds 11 bits of a hash and the weight that its entry had; the oldest of a set goes. */
export class Ghosts {
  #places = new Uint16Array(START_SETS * WAYS);
  #setsMask = START_SETS - 1;
  /** Where the next one of a set goes. */
  #turns = new Uint8Array(START_SETS);

  /** Remembers the weight, from 1 to 255, of what left. */
  remember(hash: number, weight: number): void {
    const set = setOf(hash) & this.#setsMask;
    const turn = this.#turns[set] ?? 0;
    this.#turns[set] = (turn + 1) % WAYS;
    this.#places[set * WAYS + turn] = tagOf(hash) | Math.max(1, Math.round(weight / WEIGHT_STEP));
  }

  /** The weight of one that left and is back, to within 4; 0: it is not remembered. It is then forgotten. */
  recall(hash: number): number {
    const first = (setOf(hash) & this.#setsMask) * WAYS;
    const tag = tagOf(hash);
    for (let place = first; place < first + WAYS; place += 1) {
      const held = this.#places[place] ?? 0;
      if (held === 0 || (held & ~WEIGHT_MASK) !== tag) continue;
      this.#places[place] = 0;
      return Math.min(255, (held & WEIGHT_MASK) * WEIGHT_STEP);
    }
    return 0;
  }

  /** Makes the table large enough for a store of so many entries. What it holds is forgotten when it grows. */
  growFor(entries: number): void {
    const sets = this.#setsMask + 1;
    if (entries * PLACES_PER_ENTRY <= sets * WAYS) return;
    this.#places = new Uint16Array(sets * 2 * WAYS);
    this.#turns = new Uint8Array(sets * 2);
    this.#setsMask = sets * 2 - 1;
  }
}

function tagOf(hash: number): number {
  return (hash >>> 16) & ~WEIGHT_MASK;
}

/** Other bits than those of the tag, as far as there are any. */
function setOf(hash: number): number {
  return Math.imul(hash, 0x9e37_79b1) >>> 8;
}
