/**
 * A small store without bodies that shows how a preference would do. It sees only keys of a sample, and has that share of
 * the room: miniature simulation (Waldspurger et al., USENIX ATC 2017).
 */
import { Shelf, type ShelfOptions } from "./shelf.ts";

/** One preference on trial. */
export class Trial {
  readonly #shelf: Shelf;
  readonly #slots = new Map<number, number>();

  constructor(options: ShelfOptions) {
    this.#shelf = new Shelf(options);
  }

  get entries(): number {
    return this.#shelf.count;
  }

  /** An access to a key. Whether it would have been a hit. */
  access(hash: number, size: number): boolean {
    const shelf = this.#shelf;
    const slot = this.#slots.get(hash);
    if (slot !== undefined) {
      shelf.use(slot);
      if (shelf.sizeOf(slot) !== size) this.#resize(slot, size);
      return true;
    }
    if (size > shelf.maxSize) return false;
    this.#makeRoom(size);
    this.#slots.set(hash, shelf.add(hash, size));
    return false;
  }

  remove(hash: number): void {
    const slot = this.#slots.get(hash);
    if (slot === undefined) return;
    this.#slots.delete(hash);
    this.#shelf.remove(slot);
  }

  /** From now on half of the keys are in the sample: the others go, and half of the room. */
  halve(isInSample: (hash: number) => boolean): void {
    for (const hash of [...this.#slots.keys()]) if (!isInSample(hash)) this.remove(hash);
    this.#shelf.maxSize /= 2;
    this.#makeRoom(0);
  }

  #resize(slot: number, size: number): void {
    this.#shelf.resize(slot, size);
    this.#makeRoom(0);
  }

  #makeRoom(size: number): void {
    const shelf = this.#shelf;
    while (shelf.count > 0 && !shelf.hasRoom(size)) {
      const victim = shelf.victim();
      this.#slots.delete(shelf.hashOf(victim));
      shelf.evict(victim);
    }
  }
}
