/** Writes to a socket in as few pieces as possible, and knows when all of it has left. */
import type { Socket } from "node:net";

/** Up to this size text and bytes are copied into one piece: cheaper than a second one. */
const JOINED_BYTES = 4_096;

/** What is between an exchange and its socket. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #stallMs: number;
  readonly #onLeft: () => void;
  #leaving = false;
  #waiting: (() => void) | undefined;
  readonly #written = (): void => this.#afterWrite();

  constructor(socket: Socket, stallMs: number, onLeft: () => void) {
    this.#socket = socket;
    this.#stallMs = stallMs;
    this.#onLeft = onLeft;
    socket.on("drain", () => this.#drain());
    // Armed only while something waits to leave; Node renews it as long as the kernel takes bytes.
    socket.on("timeout", () => socket.writableLength > 0 && socket.destroy());
  }

  /** One answer in one piece. True when the kernel has all of it. */
  send(head: string, body: Uint8Array | undefined): boolean {
    this.write(head, body, "");
    return this.allLeft();
  }

  /** True when more may follow at once. */
  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    let more = true;
    if (bytes === undefined) more = socket.write(before, "latin1", this.#written);
    else if (bytes.byteLength <= JOINED_BYTES) more = socket.write(joined(before, bytes, after), this.#written);
    else {
      socket.cork();
      if (before !== "") socket.write(before, "latin1");
      more = socket.write(bytes, this.#written);
      if (after !== "") more = socket.write(after, "latin1");
      socket.uncork();
    }
    return more;
  }

  /** Whether nothing waits to leave; if something does, `onLeft` is called when it has left. */
  allLeft(): boolean {
    const socket = this.#socket;
    if (socket.writableLength === 0 && socket.errored === null && !socket.destroyed) return true;
    this.#leaving = true;
    this.#watch();
    return false;
  }

  drained(): Promise<void> {
    if (this.#socket.destroyed) return Promise.resolve();
    this.#watch();
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** Nobody is there to write to any more. */
  closed(): void {
    this.#leaving = false;
    this.#drain();
  }

  #watch(): void {
    this.#socket.setTimeout(this.#stallMs);
  }

  #drain(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    if (!this.#leaving) this.#socket.setTimeout(0);
    waiting();
  }

  #afterWrite(): void {
    if (!this.#leaving || this.#socket.writableLength > 0 || this.#socket.destroyed) return;
    this.#leaving = false;
    this.#socket.setTimeout(0);
    this.#onLeft();
  }
}

function joined(before: string, bytes: Uint8Array, after: string): Buffer {
  const piece = Buffer.allocUnsafe(before.length + bytes.byteLength + after.length);
  piece.write(before, 0, "latin1");
  piece.set(bytes, before.length);
  if (after !== "") piece.write(after, before.length + bytes.byteLength, "latin1");
  return piece;
}
