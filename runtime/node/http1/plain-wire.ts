/** A wire on a socket of `node:net`, stream and all: what is used where the handles below are not as we know them. */
import type { Socket } from "node:net";
import { JOINED_BYTES, NOBODY, type Wire, type WireOwner } from "./wire.ts";

/** One socket. It must allow half-open connections. */
export class PlainWire implements Wire {
  readonly #socket: Socket;
  #owner: WireOwner = NOBODY;
  readonly #written = (): void => {
    if (this.#socket.writableLength === 0 && !this.#socket.destroyed) this.#owner.left();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
  }

  get peerAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.errored === null;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  /** Node counts a write as one until all of it has left; only its handle knows how a long write gets on. */
  get unsentBytes(): number {
    const handle: unknown = Reflect.get(this.#socket, "_handle");
    const known = typeof handle === "object" && handle !== null && "writeQueueSize" in handle;
    return known && typeof handle.writeQueueSize === "number" ? handle.writeQueueSize : this.#socket.writableLength;
  }

  get paused(): boolean {
    return this.#socket.isPaused();
  }

  attach(owner: WireOwner): void {
    const first = this.#owner === NOBODY;
    this.#owner = owner;
    if (!first) return;
    this.#socket.on("data", (chunk: Buffer) => this.#owner.received(chunk));
    this.#socket.on("end", () => this.#owner.ended());
    this.#socket.on("close", () => this.#owner.closed());
  }

  replay(bytes: Buffer): void {
    if (this.open) this.#owner.received(bytes);
  }

  whenClosed(action: () => void): void {
    this.#socket.once("close", action);
  }

  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return true;
    if (bytes === undefined) return socket.write(before, "latin1", this.#written);
    if (bytes.byteLength <= JOINED_BYTES) return socket.write(joined(before, bytes, after), this.#written);
    socket.cork();
    if (before !== "") socket.write(before, "latin1");
    let more = socket.write(bytes, this.#written);
    if (after !== "") more = socket.write(after, "latin1", this.#written);
    socket.uncork();
    return more;
  }

  end(words: string): void {
    this.#socket.end(words, "latin1");
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }
}

/** The three in one piece of memory. */
export function joined(before: string, bytes: Uint8Array, after: string): Buffer {
  const piece = Buffer.allocUnsafe(before.length + bytes.byteLength + after.length);
  piece.write(before, 0, "latin1");
  piece.set(bytes, before.length);
  if (after !== "") piece.write(after, before.length + bytes.byteLength, "latin1");
  return piece;
}
