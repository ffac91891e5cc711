/**
 * A body on its way in. It is read eagerly and kept up to `maxBytes`; readers see what has come, then what comes.
 * Over `maxBytes` it turns into a shared window: only what the slowest reader has not had is held, and the source
 * waits for that reader.
 */
import type { KeptBody, Spool, SpoolEnd } from "../../core/ports.ts";
import type { ByteBody } from "./bodies.ts";

/** How far the source may run ahead of the slowest reader once a body is not kept. */
export const OVERFLOW_WINDOW_BYTES = 1_048_576;

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

type State =
  | { readonly kind: "arriving" }
  | { readonly kind: "overflow"; finished: boolean }
  | { readonly kind: "complete"; readonly kept: Uint8Array }
  | { readonly kind: "failed"; readonly reason: string };

/** The spool of every runtime. */
export class BufferSpool implements Spool<ByteBody> {
  readonly ended: Promise<SpoolEnd>;
  readonly #maxBytes: number;
  readonly #readers = new Set<SpoolReader>();
  #settle: (end: SpoolEnd) => void = () => {};
  #state: State = { kind: "arriving" };
  /** What is held; the first byte of `#chunks[0]` is byte `#chunksFrom` of the body. */
  #chunks: Uint8Array[] = [];
  #chunksFrom = 0;
  #bytes = 0;
  #source: AsyncIterator<Uint8Array> | undefined;
  #wakeSource: (() => void) | undefined;

  constructor(source: ByteBody | undefined, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    if (source === undefined || (source instanceof Uint8Array && source.byteLength <= maxBytes)) {
      if (source !== undefined && source.byteLength > 0) this.#append(source);
      this.#complete();
      return;
    }
    this.#source = source instanceof Uint8Array ? once(source) : source[Symbol.asyncIterator]();
    void this.#pump(this.#source);
  }

  open(): ByteBody | undefined {
    if (this.#state.kind === "complete") return this.#state.kept;
    if (this.#state.kind !== "arriving") return undefined;
    const reader = new SpoolReader(this.#view);
    this.#readers.add(reader);
    return reader;
  }

  kept(): KeptBody<ByteBody> | undefined {
    return this.#state.kind === "complete" ? keptBuffer(this.#state.kept) : undefined;
  }

  abandon(reason: string): void {
    if (this.#state.kind === "complete" || (this.#state.kind === "overflow" && this.#state.finished)) return;
    this.#fail(reason);
  }

  async #pump(source: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      for (;;) {
        const result = await source.next();
        if (this.#state.kind === "failed") return;
        if (result.done === true) break;
        if (result.value.byteLength > 0) this.#append(result.value);
        if (this.#state.kind === "arriving" && this.#bytes > this.#maxBytes) this.#overflow();
        if (this.#state.kind === "overflow") await this.#windowOpen();
      }
      this.#complete();
    } catch (error) {
      this.#source = undefined;
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    this.#wakeReaders();
  }

  #overflow(): void {
    this.#state = { kind: "overflow", finished: false };
    this.#settle({ kind: "overflow" });
    this.#trim();
  }

  /** Settles once the source may go on: at once while all is kept, else when the slowest reader is near. */
  async #windowOpen(): Promise<void> {
    while (this.#state.kind === "overflow" && this.#bytes - this.#chunksFrom > OVERFLOW_WINDOW_BYTES) {
      await new Promise<void>((resolve) => {
        this.#wakeSource = resolve;
      });
    }
  }

  #complete(): void {
    if (this.#state.kind === "failed") return;
    this.#source = undefined;
    if (this.#state.kind === "overflow") {
      this.#state.finished = true;
    } else {
      // Copied even when it is one chunk: that is a view into a bigger network buffer, which must not be pinned.
      const kept = joined(this.#chunks, this.#bytes);
      this.#chunks = [];
      this.#state = { kind: "complete", kept };
      this.#settle({ kind: "complete", bytes: this.#bytes });
    }
    this.#wakeReaders();
  }

  #fail(reason: string): void {
    if (this.#state.kind === "failed") return;
    this.#state = { kind: "failed", reason };
    this.#chunks = [];
    this.#settle({ kind: "failed", reason });
    this.#wakeReaders();
    this.#wakeSource?.();
    const source = this.#source;
    this.#source = undefined;
    source?.return?.().then(
      () => {},
      () => {},
    );
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) reader.wake();
  }

  /** Drops what every reader has had, and gives the source up when no reader is left. */
  #trim(): void {
    if (this.#state.kind !== "overflow") return;
    if (this.#readers.size === 0 && !this.#state.finished) {
      this.#fail("every reader left a body too large to keep");
      return;
    }
    let slowest = this.#bytes;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.offset);
    let chunk = this.#chunks[0];
    while (chunk !== undefined && this.#chunksFrom + chunk.byteLength <= slowest) {
      this.#chunksFrom += chunk.byteLength;
      this.#chunks.shift();
      for (const reader of this.#readers) reader.chunkIndex -= 1;
      chunk = this.#chunks[0];
    }
    const wake = this.#wakeSource;
    this.#wakeSource = undefined;
    wake?.();
  }

  /** What readers may ask of their spool. */
  readonly #view: SpoolView = {
    read: (reader) => {
      const state = this.#state;
      if (state.kind === "failed") throw new Error(state.reason);
      if (state.kind === "complete") return this.#readKept(reader, state.kept);
      const chunk = this.#chunks[reader.chunkIndex];
      if (chunk === undefined) return state.kind === "overflow" && state.finished ? "end" : undefined;
      reader.chunkIndex += 1;
      reader.offset += chunk.byteLength;
      this.#trim();
      return chunk;
    },
    left: (reader) => {
      if (this.#readers.delete(reader)) this.#trim();
    },
  };

  #readKept(reader: SpoolReader, kept: Uint8Array): Uint8Array | "end" {
    if (reader.offset >= kept.byteLength) return "end";
    const rest = kept.subarray(reader.offset);
    reader.offset = kept.byteLength;
    return rest;
  }
}

interface SpoolView {
  /** The next chunk, the end, or undefined while there is none yet. Throws when the body failed. */
  read(reader: SpoolReader): Uint8Array | "end" | undefined;
  left(reader: SpoolReader): void;
}

/** One reader: where it is, and whether it waits. A plain iterator, so that leaving works while a read is pending. */
class SpoolReader implements AsyncIterableIterator<Uint8Array, undefined> {
  /** Index of its next chunk among those held, and of its next byte in the body. */
  chunkIndex = 0;
  offset = 0;
  readonly #view: SpoolView;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(view: SpoolView) {
    this.#view = view;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    for (;;) {
      if (this.#closed) return DONE;
      const read = this.#readOrClose();
      if (read === "end") {
        this.#close();
        return DONE;
      }
      if (read !== undefined) return { done: false, value: read };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#close();
    return Promise.resolve(DONE);
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #readOrClose(): Uint8Array | "end" | undefined {
    try {
      return this.#view.read(this);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#view.left(this);
    this.wake();
  }
}

/** A whole body in one buffer; readers are views of it. */
export function keptBuffer(buffer: Uint8Array): KeptBody<ByteBody> {
  return {
    bytes: buffer.byteLength,
    open: (span) => (span === undefined ? buffer : buffer.subarray(span.first, span.last + 1)),
  };
}

async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

/** The chunks in one new array. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
