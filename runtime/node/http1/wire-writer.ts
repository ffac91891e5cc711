/** Writes to a wire, and knows when all of it has left. */
import type { Wire } from "./wire.ts";

/** Who is told of the writer's life. */
export interface WriterOwner {
  /** Everything written has left, some time after it was written. */
  left(): void;
  /** The client does not take what is written. */
  blocked(): void;
  /** It does again. */
  unblocked(): void;
}

/** What is between an exchange and its wire. */
export class WireWriter {
  readonly #wire: Wire;
  readonly #owner: WriterOwner;
  #leaving = false;
  #watched = false;
  #waiting: (() => void) | undefined;

  constructor(wire: Wire, owner: WriterOwner) {
    this.#wire = wire;
    this.#owner = owner;
  }

  /** One answer in one piece. True when the kernel has all of it. */
  send(head: string, body: Uint8Array | undefined): boolean {
    this.#wire.write(head, body, "");
    return this.allLeft();
  }

  /** True when more may follow at once. */
  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    return this.#wire.write(before, bytes, after);
  }

  /** Whether nothing waits to leave; if something does, `left` is called when it has. */
  allLeft(): boolean {
    const wire = this.#wire;
    if (wire.queuedBytes === 0 && wire.open) return true;
    this.#leaving = true;
    this.#watch();
    return false;
  }

  drained(): Promise<void> {
    if (!this.#wire.open || this.#wire.queuedBytes === 0) return Promise.resolve();
    this.#watch();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** The wire has nothing left to send. */
  left(): void {
    if (this.#wire.queuedBytes > 0) return;
    this.#goOn();
    if (!this.#leaving) return;
    this.#leaving = false;
    this.#unwatch();
    this.#owner.left();
  }

  /** Nobody is there to write to any more. */
  closed(): void {
    this.#leaving = false;
    this.#goOn();
  }

  #watch(): void {
    if (this.#watched || !this.#wire.open) return;
    this.#watched = true;
    this.#owner.blocked();
  }

  #unwatch(): void {
    if (!this.#watched) return;
    this.#watched = false;
    this.#owner.unblocked();
  }

  #goOn(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    if (!this.#leaving) this.#unwatch();
    waiting();
  }
}
