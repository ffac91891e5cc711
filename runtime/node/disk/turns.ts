/** Work under a number goes one after the other; under different numbers side by side. */

/** Bounded by what waits. */
export class Turns {
  readonly #last = new Map<number, Promise<unknown>>();

  /** Begins `work` when all that was taken before under this number has ended. */
  take<T>(number: number, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(number);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(number, turn);
    const done = (): void => {
      if (this.#last.get(number) === turn) this.#last.delete(number);
    };
    turn.then(done, done);
    return turn;
  }

  /** Settles when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }
}
