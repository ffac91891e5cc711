/** For tests and fuzzing of connections: a wire without a network, fed and read piece by piece. */
import { NOBODY, type Wire, type WireOwner } from "./wire.ts";

/** It lends what it gives, and spoils it afterwards; what is written has left at once. */
export class FakeWire implements Wire {
  readonly peerAddress = "192.0.2.1";
  readonly queuedBytes = 0;
  readonly unsentBytes = 0;
  open = true;
  paused = false;
  /** Everything written so far, as Latin-1. */
  written = "";
  owner: WireOwner = NOBODY;
  readonly #held: Buffer[] = [];
  readonly #whenClosed: (() => void)[] = [];

  /** Gives bytes to the connection, now or when it reads again. */
  give(bytes: Buffer): void {
    if (this.paused) this.#held.push(bytes);
    else this.replay(bytes);
  }

  attach(owner: WireOwner): void {
    this.owner = owner;
  }

  replay(bytes: Buffer): void {
    if (!this.open) return;
    const lent = Buffer.from(bytes);
    this.owner.received(lent);
    lent.fill("#");
  }

  whenClosed(action: () => void): void {
    this.#whenClosed.push(action);
  }

  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    this.written += before + Buffer.from(bytes ?? []).toString("latin1") + after;
    return true;
  }

  end(words: string): void {
    this.write(words, undefined, "");
    this.destroy();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    while (!this.paused) {
      const next = this.#held.shift();
      if (next === undefined) break;
      this.replay(next);
    }
  }

  destroy(): void {
    if (!this.open) return;
    this.open = false;
    for (const action of this.#whenClosed) action();
    this.owner.closed();
  }

  reset(): void {
    this.destroy();
  }
}
