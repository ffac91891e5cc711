/** One reader of a spool: in its window first, and on its own when it has been too slow for it. */
import type { LaggingReader } from "../../core/ports.ts";
import type { ByteBody } from "./bodies.ts";
import type { Paced } from "./pace.ts";

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/** What a reader may ask of its spool. */
export interface SpoolView {
  /** The next chunk, the end, or undefined while there is none yet. Throws when the body failed. */
  read(reader: SpoolReader): Uint8Array | "end" | undefined;
  left(reader: SpoolReader): void;
}

/** A plain iterator rather than a generator, so that leaving works while a read is pending. */
export class SpoolReader implements AsyncIterableIterator<Uint8Array, undefined>, Paced {
  /** The number of its next chunk, and of its next byte in the body. Its spool's to write. */
  chunkNumber = 0;
  offset = 0;
  notice: Paced["notice"];
  readonly #view: SpoolView;
  #wake: (() => void) | undefined;
  #closed = false;
  #lagging: LaggingReader<ByteBody> | undefined;
  #rest: AsyncIterator<Uint8Array> | undefined;

  constructor(view: SpoolView) {
    this.#view = view;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What comes next is not in the window any more: the reader goes on by itself. */
  leaveWindow(lagging: LaggingReader<ByteBody>): void {
    this.#lagging = lagging;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      return this.#lagging === undefined ? await this.#nextOfWindow() : await this.#nextOfRest(this.#lagging);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async #nextOfWindow(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#closed) {
      const read = this.#view.read(this);
      if (read === "end") break;
      if (read !== undefined) return { done: false, value: read };
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#close();
    return DONE;
  }

  async #nextOfRest(lagging: LaggingReader<ByteBody>): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#closed) return DONE;
    if (this.#rest === undefined) {
      const body = await lagging.continueFrom(this.offset);
      if (body === undefined) throw new Error("a reader fell behind, and there is nothing to continue from");
      this.#rest = body instanceof Uint8Array ? once(body) : body[Symbol.asyncIterator]();
    }
    const result = this.#closed ? DONE : await this.#rest.next();
    if (this.#closed) this.#leaveRest();
    if (this.#closed || result.done === true) {
      this.#close();
      return DONE;
    }
    return result;
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

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leaveRest();
    this.#lagging?.over();
    this.#view.left(this);
    this.wake();
  }

  #leaveRest(): void {
    this.#rest?.return?.().then(ignore, ignore);
  }
}

/** A whole body as a source. */
export async function* once(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function ignore(): void {}
