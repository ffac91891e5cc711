/** Says quickly of most keys that they are not in a table: a Bloom filter to which keys are only ever added. */
import { hashOf } from "../cache/admission/hash.ts";

const SEED = 0x2545_f491;

/** The hash of a key, made once. */
export function filterHash(key: string): number {
  return hashOf(key, SEED) >>> 0;
}

/** A filter. A key that was added may be there; of others about 1 in 20 seems to be, when it is as full as it may be. */
export class KeyFilter {
  /** Both bits of a key are in one word: to ask takes one look into memory. */
  readonly #words: Uint32Array;
  readonly #mask: number;
  /** Keys that may still be added before it tells too little. */
  room: number;

  constructor(keysMax: number) {
    const words = 2 ** Math.ceil(Math.log2(Math.max(1, keysMax / 4)));
    this.#words = new Uint32Array(words);
    this.#mask = words - 1;
    this.room = keysMax;
  }

  add(hash: number): void {
    const word = (hash >>> 10) & this.#mask;
    this.#words[word] = (this.#words[word] ?? 0) | bitsOf(hash);
    this.room -= 1;
  }

  mayHave(hash: number): boolean {
    const bits = bitsOf(hash);
    return ((this.#words[(hash >>> 10) & this.#mask] ?? 0) & bits) === bits;
  }
}

function bitsOf(hash: number): number {
  return (1 << (hash & 31)) | (1 << ((hash >>> 5) & 31));
}
