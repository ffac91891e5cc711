/** How long the current turn of the event loop has lasted. */

/** Costs nothing while nobody asks, and one callback for each turn in which somebody does. */
export class LoopTurn {
  #sinceMs: number | undefined;

  /** Milliseconds since the first question of this turn. */
  ageMs(): number {
    const nowMs = performance.now();
    if (this.#sinceMs !== undefined) return nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    // Immediates run when all that was waiting has had its turn.
    setImmediate(() => {
      this.#sinceMs = undefined;
    });
    return 0;
  }
}
