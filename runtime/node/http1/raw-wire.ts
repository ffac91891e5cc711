/** A wire right on a handle of libuv, without Node's streams: one buffer for all reads, no object for a write that leaves at once. */
import { constants } from "node:os";
import { joined } from "./plain-wire.ts";
import type { RawHandle, RawRequest, RawStreams } from "./raw-handle.ts";
import { HIGH_WATER_BYTES, JOINED_BYTES, NOBODY, type Wire, type WireOwner } from "./wire.ts";

/** libuv's number for the end of a stream. */
const END_OF_STREAM = -4_095;
/** What one read takes at most. */
const INPUT_BYTES = 65_536;
/** Text beside joined bytes: a head and the frames of chunks. More is written in two pieces. */
const OUTPUT_BYTES = JOINED_BYTES + 4_096;
const NOT_CONNECTED = -constants.errno.ENOTCONN;

/** What all raw wires of a process share. Reads and writes are over before the next one begins. */
export class RawShared {
  readonly streams: RawStreams;
  readonly input = Buffer.allocUnsafeSlow(INPUT_BYTES);
  /** Where short answers are put together. One that does not leave at once takes it along. */
  output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  /** Used up only by a write that does not happen at once. */
  request: RawRequest;

  constructor(streams: RawStreams) {
    this.streams = streams;
    this.request = new streams.WriteWrap();
  }
}

/** One handle. */
export class RawWire implements Wire {
  readonly peerAddress: string;
  readonly #shared: RawShared;
  readonly #handle: RawHandle;
  readonly #whenClosed: (() => void)[] = [];
  #owner: WireOwner = NOBODY;
  #state: "open" | "ending" | "closed" = "open";
  #paused = false;
  /** Writes that the kernel has not taken whole. */
  #waiting = 0;
  #clientEnded = false;
  #allSaid = false;

  constructor(shared: RawShared, handle: RawHandle) {
    this.#shared = shared;
    this.#handle = handle;
    const peer: { address?: string } = {};
    handle.getpeername(peer);
    this.peerAddress = peer.address ?? "";
    handle.setNoDelay(true);
    handle.useUserBuffer(shared.input);
    // Functions that are written where they are assigned would keep all they see until the next full collection.
    const read = () => this.#read();
    handle.onread = read;
  }

  get open(): boolean {
    return this.#state !== "closed";
  }

  get queuedBytes(): number {
    return this.#waiting === 0 || this.#state === "closed" ? 0 : this.#handle.writeQueueSize;
  }

  get unsentBytes(): number {
    return this.queuedBytes;
  }

  get paused(): boolean {
    return this.#paused;
  }

  attach(owner: WireOwner): void {
    const first = this.#owner === NOBODY;
    this.#owner = owner;
    if (first && this.#state === "open" && this.#handle.readStart() !== 0) this.destroy();
  }

  replay(bytes: Buffer): void {
    if (this.open) this.#owner.received(bytes);
  }

  whenClosed(action: () => void): void {
    this.#whenClosed.push(action);
  }

  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    if (this.#state !== "open") return true;
    const { request } = this.#shared;
    if (bytes === undefined) return this.#written(this.#handle.writeLatin1String(request, before + after), undefined);
    const lengthBytes = before.length + bytes.byteLength + after.length;
    if (bytes.byteLength <= JOINED_BYTES && lengthBytes <= OUTPUT_BYTES) {
      return this.#writeJoined(before, bytes, after, lengthBytes);
    }
    const chunks: unknown[] = before === "" ? [bytes, "buffer"] : [before, "latin1", bytes, "buffer"];
    if (after !== "") chunks.push(after, "latin1");
    return this.#written(this.#handle.writev(request, chunks, false), chunks);
  }

  end(words: string): void {
    if (words !== "") this.write(words, undefined, "");
    if (this.#state !== "open") return;
    this.#state = "ending";
    const request = new this.#shared.streams.ShutdownWrap();
    const saidAll = () => this.#saidAll();
    request.oncomplete = saidAll;
    const code = this.#handle.shutdown(request);
    if (code === 1 || code === NOT_CONNECTED) this.#saidAll();
    else if (code < 0) this.destroy();
  }

  pause(): void {
    if (this.#paused || this.#state === "closed") return;
    this.#paused = true;
    this.#handle.readStop();
  }

  resume(): void {
    if (!this.#paused || this.#state === "closed") return;
    this.#paused = false;
    if (!this.#clientEnded && this.#handle.readStart() !== 0) this.destroy();
  }

  destroy(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#handle.close(() => this.#closed());
  }

  reset(): void {
    if (this.#state === "closed") return;
    // libuv cannot reset what it is shutting down, and does not close it either when asked to.
    if (this.#state === "ending" && !this.#allSaid) this.destroy();
    else {
      this.#state = "closed";
      this.#handle.reset(() => this.#closed());
    }
  }

  #read(): void {
    const { streams, input } = this.#shared;
    const count = streams.state[streams.readIndex] ?? 0;
    if (count > 0) this.#owner.received(input.subarray(0, count));
    else if (count === END_OF_STREAM) this.#ended();
    else if (count < 0) this.destroy();
  }

  #ended(): void {
    this.#clientEnded = true;
    if (this.#allSaid) this.destroy();
    else this.#owner.ended();
  }

  #saidAll(): void {
    this.#allSaid = true;
    if (this.#clientEnded) this.destroy();
  }

  #writeJoined(before: string, bytes: Uint8Array, after: string, lengthBytes: number): boolean {
    const shared = this.#shared;
    // Behind others it will wait, and then it has only the room that it needs.
    if (this.#waiting > 0) {
      const piece = joined(before, bytes, after);
      return this.#written(this.#handle.writeBuffer(shared.request, piece), piece);
    }
    const { output } = shared;
    output.write(before, 0, "latin1");
    output.set(bytes, before.length);
    if (after !== "") output.write(after, before.length + bytes.byteLength, "latin1");
    return this.#written(this.#handle.writeBuffer(shared.request, output.subarray(0, lengthBytes)), output);
  }

  /** After a write: `kept` is what it reads from. */
  #written(code: number, kept: unknown): boolean {
    const shared = this.#shared;
    const waits = shared.streams.state[shared.streams.asyncIndex] !== 0;
    if (code !== 0) {
      shared.request = new shared.streams.WriteWrap();
      this.destroy();
      return true;
    }
    if (!waits) return true;
    const { request } = shared;
    shared.request = new shared.streams.WriteWrap();
    if (kept === shared.output) shared.output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
    request.kept = kept;
    const left = (status: number) => this.#leftLate(request, status);
    request.oncomplete = left;
    this.#waiting += 1;
    return this.#handle.writeQueueSize < HIGH_WATER_BYTES;
  }

  #leftLate(request: RawRequest, status: number): void {
    request.kept = undefined;
    this.#waiting -= 1;
    if (this.#state === "closed") return;
    if (status < 0) this.destroy();
    else if (this.#waiting === 0) this.#owner.left();
  }

  #closed(): void {
    for (const action of this.#whenClosed.splice(0)) action();
    this.#owner.closed();
  }
}
