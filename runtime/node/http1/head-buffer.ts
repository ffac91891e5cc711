/** Collects the bytes of one head until it is whole, and finds early what no head may contain. */
import type { RefusalReason } from "../../../core/http/refusals.ts";

/** The empty line that ends a head. */
export const HEAD_END = Buffer.from("\r\n\r\n", "latin1");
const LF = 10;
const CR = 13;
const TAB = 9;
const SPACE = 32;
const DELETE = 127;
const FIRST_BYTES = 1_024;

/** Grows as the head comes; a head that comes byte by byte is looked at once, not again with each byte. */
export class HeadBuffer {
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #checked = 0;
  #firstLineEnd: number | undefined;
  readonly #headMaxBytes: number;

  constructor(headMaxBytes: number) {
    this.#headMaxBytes = headMaxBytes;
  }

  /** What has come so far. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  get empty(): boolean {
    return this.#length === 0;
  }

  /** The request line without its end, once, when it is whole. */
  takeLine(): string | undefined {
    if (this.#firstLineEnd !== undefined) return undefined;
    const end = this.bytes.indexOf("\r\n");
    if (end === -1) return undefined;
    this.#firstLineEnd = end;
    return this.#bytes.toString("latin1", 0, end);
  }

  /** Takes what belongs to the head out of `chunk`; returns how much that was. The head is whole when it says so. */
  add(chunk: Buffer): { readonly taken: number; readonly whole: boolean } {
    const before = this.#length;
    // One more than allowed shows that it is too much.
    const room = this.#headMaxBytes + 1 - before;
    const taken = Math.min(room, chunk.length);
    this.#reserve(before + taken);
    chunk.copy(this.#bytes, before, 0, taken);
    this.#length = before + taken;
    const end = this.bytes.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1));
    if (end === -1) return { taken, whole: false };
    this.#length = end + HEAD_END.length;
    return { taken: this.#length - before, whole: true };
  }

  /** What is wrong with an unfinished head: waiting for its end would only keep the connection busy. */
  problem(): RefusalReason | undefined {
    if (this.#length > this.#headMaxBytes) {
      return this.#firstLineEnd === undefined ? "request-line-too-long" : "head-too-long";
    }
    const bytes = this.#bytes;
    for (let at = this.#checked; at < this.#length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte >= SPACE && byte !== DELETE) continue;
      if (byte === LF ? bytes[at - 1] !== CR : byte !== CR && byte !== TAB)
        return byte === LF ? "line-end" : "field-value";
      if (byte === CR && at + 1 < this.#length && bytes[at + 1] !== LF) return "line-end";
    }
    // A CR at the end is looked at again with what follows it.
    this.#checked = Math.max(0, this.#length - 1);
    return undefined;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
