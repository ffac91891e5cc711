/** The body of an upstream response: a bounded queue between undici's callbacks and one reader. */

/** The source is told to pause when this much waits for the reader, and to go on when half of it is left. */
export const BODY_QUEUE_BYTES = 65_536;

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/** How the queue steers its source. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The reader left before the end. */
  abort(): void;
}

interface WaitingRead {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(error: Error): void;
}

/** A plain iterator rather than a generator, so that leaving works while a read is pending. */
export class UpstreamBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  #state: "open" | "ended" | "failed" | "left" = "open";
  #failure: Error | undefined;
  #waiting: WaitingRead | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A chunk came. */
  push(chunk: Uint8Array): void {
    if (this.#state !== "open") return;
    if (this.#waiting !== undefined) {
      this.#settle((waiting) => waiting.resolve({ done: false, value: chunk }));
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.byteLength;
    if (this.#queuedBytes >= BODY_QUEUE_BYTES && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
  }

  /** The body is whole. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    if (this.#chunks.length === 0) this.#settle((waiting) => waiting.resolve(DONE));
  }

  /** The body is cut: what came is still read, then the failure. */
  fail(error: Error): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = error;
    this.#settle((waiting) => waiting.reject(error));
  }

  /** The whole body when all of it came before anybody read. */
  takeWhole(): Uint8Array | undefined {
    if (this.#state !== "ended" || this.#waiting !== undefined) return undefined;
    const [first] = this.#chunks;
    return this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#queuedBytes -= chunk.byteLength;
      if (this.#paused && this.#queuedBytes <= BODY_QUEUE_BYTES / 2) {
        this.#paused = false;
        this.#source.resume();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#state === "failed" && this.#failure !== undefined) {
      const failure = this.#failure;
      this.#failure = undefined;
      return Promise.reject(failure);
    }
    if (this.#state !== "open") return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    const wasOpen = this.#state === "open";
    this.#state = "left";
    this.#chunks = [];
    this.#settle((waiting) => waiting.resolve(DONE));
    if (wasOpen) this.#source.abort();
    return Promise.resolve(DONE);
  }

  #settle(answer: (waiting: WaitingRead) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) answer(waiting);
  }
}
