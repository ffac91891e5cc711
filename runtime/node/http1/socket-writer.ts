/** Writes to a socket in as few pieces as possible, and knows when all of it has left. */
import type { Socket } from "node:net";

/** Up to this size text and bytes are copied into one piece: cheaper than a second one. */
const JOINED_BYTES = 4_096;

/** Who is told of the writer's life. */
export interface WriterOwner {
  /** Everything written has left, some time after it was written. */
  left(): void;
  /** The client does not take what is written. */
  blocked(): void;
  /** It does again. */
  unblocked(): void;
}

/** What is between an exchange and its socket. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #owner: WriterOwner;
  #leaving = false;
  #watched = false;
  #waiting: (() => void) | undefined;
  readonly #written = (): void => this.#afterWrite();

  constructor(socket: Socket, owner: WriterOwner) {
    this.#socket = socket;
    this.#owner = owner;
    socket.on("drain", () => this.#drain());
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

  /** Whether nothing waits to leave; if something does, `left` is called when it has. */
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
    if (this.#watched || this.#socket.destroyed) return;
    this.#watched = true;
    this.#owner.blocked();
  }

  #unwatch(): void {
    if (!this.#watched) return;
    this.#watched = false;
    this.#owner.unblocked();
  }

  #drain(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    if (!this.#leaving) this.#unwatch();
    waiting();
  }

  #afterWrite(): void {
    if (!this.#leaving || this.#socket.writableLength > 0 || this.#socket.destroyed) return;
    this.#leaving = false;
    this.#unwatch();
    this.#owner.left();
  }
}

/**
 * Bytes that the kernel has not taken. Node counts a write as one until all of it has left, and its socket timeout is
 * renewed by whatever the client sends; only its handle knows how a long write gets on.
 */
export function queuedBytes(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  const known = typeof handle === "object" && handle !== null && "writeQueueSize" in handle;
  return known && typeof handle.writeQueueSize === "number" ? handle.writeQueueSize : socket.writableLength;
}

function joined(before: string, bytes: Uint8Array, after: string): Buffer {
  const piece = Buffer.allocUnsafe(before.length + bytes.byteLength + after.length);
  piece.write(before, 0, "latin1");
  piece.set(bytes, before.length);
  if (after !== "") piece.write(after, before.length + bytes.byteLength, "latin1");
  return piece;
}
