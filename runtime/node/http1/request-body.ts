/** The body of a client's request: what has come and was not read yet, bounded by pausing the connection. */

/** What a body asks of its connection. */
export interface BodySource {
  /** Somebody begins to read: time for 100 (Continue). */
  bodyWanted(): void;
  /** There is room again. */
  bodyDrained(): void;
}

/** More than this is not read ahead of the role. */
const READ_AHEAD_BYTES = 65_536;

/** Read once. Leaving it early lets the rest be drained by the connection. */
export class RequestBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #source: BodySource;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #state: "open" | "ended" | "failed" | "left" = "open";
  #failure = "";
  #wanted = false;
  #waiting: { resolve(result: IteratorResult<Uint8Array, undefined>): void; reject(error: Error): void } | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  /** The connection should not read on. */
  get full(): boolean {
    return this.#queuedBytes >= READ_AHEAD_BYTES;
  }

  /** Takes a copy: what comes in is lent. */
  push(lent: Buffer): void {
    if (this.#state !== "open") return;
    const content = Buffer.from(lent);
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting.resolve({ done: false, value: content });
      return;
    }
    this.#queue.push(content);
    this.#queuedBytes += content.length;
  }

  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
  }

  /** The rest will not come. */
  fail(reason: string): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = reason;
    this.#drop();
    this.#waiting?.reject(new Error(reason));
    this.#waiting = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#wanted) {
      this.#wanted = true;
      this.#source.bodyWanted();
    }
    const content = this.#queue.shift();
    if (content !== undefined) {
      const wasFull = this.full;
      this.#queuedBytes -= content.length;
      if (wasFull && !this.full) this.#source.bodyDrained();
      return Promise.resolve({ done: false, value: content });
    }
    if (this.#state === "failed") return Promise.reject(new Error(this.#failure));
    if (this.#state !== "open") return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Nobody will read the rest. */
  leave(): void {
    if (this.#state !== "open" && this.#state !== "ended") return;
    const wasFull = this.full;
    if (this.#state === "open") this.#state = "left";
    this.#drop();
    this.#waiting?.resolve({ done: true, value: undefined });
    this.#waiting = undefined;
    if (wasFull) this.#source.bodyDrained();
  }

  #drop(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}
