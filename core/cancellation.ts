/** A wish to stop, passed down with work: the pure counterpart of AbortController. */

/** Fires once; listeners added afterwards run at once. Adapters bridge it to AbortSignal or a socket. */
export class Cancellation {
  #cancelled = false;
  #listeners: (() => void)[] = [];

  /** True once `cancel` has been called. */
  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Fires; further calls do nothing. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  /** Runs `listener` on cancel; returns how to stop listening. */
  onCancel(listener: () => void): () => void {
    if (this.#cancelled) {
      listener();
      return () => {};
    }
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }
}
