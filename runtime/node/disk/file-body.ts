/** A body that stays in its file: read in steps, each checked before it is handed on. Never in memory as a whole. */
import { crc32 } from "node:zlib";
import {
  BODY_BLOCK_BYTES,
  blocksAreWhole,
  blocksOf,
  bodyAt,
  type FileHead,
  tableAt,
} from "../../../core/cache/disk/object-layout.ts";
import type { ByteSpan, KeptBody } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { Files } from "./files.ts";

/** What one read takes, at most: whole blocks. */
const STEP_BYTES = 4 * BODY_BLOCK_BYTES;

/** Opened once for each reader, when it begins to read. */
export class FileBody implements KeptBody<ByteBody> {
  readonly bytes: number;
  readonly memoryBytes = 0;
  readonly #files: Files;
  readonly #path: string;
  readonly #head: FileHead;
  readonly #onDamaged: (reason: string) => void;

  constructor(files: Files, path: string, head: FileHead, onDamaged: (reason: string) => void) {
    this.bytes = head.bodyBytes;
    this.#files = files;
    this.#path = path;
    this.#head = head;
    this.#onDamaged = onDamaged;
  }

  open(span?: ByteSpan): ByteBody {
    if (this.bytes === 0) return new Uint8Array(0);
    return this.#blocks(span ?? { first: 0, last: this.bytes - 1 });
  }

  async *#blocks({ first, last }: ByteSpan): AsyncGenerator<Uint8Array, undefined> {
    const files = this.#files;
    const descriptor = await files.openToRead(this.#path);
    try {
      const table = await this.#read(descriptor, tableAt(this.#head), blocksOf(this.bytes) * 4);
      if (crc32(table) !== this.#head.tableChecksum) throw this.#damaged("table");
      for (let at = first - (first % BODY_BLOCK_BYTES); at <= last; at += STEP_BYTES) {
        const block = await this.#read(descriptor, bodyAt(this.#head) + at, Math.min(STEP_BYTES, this.bytes - at));
        if (!blocksAreWhole(block, at / BODY_BLOCK_BYTES, table, crc32)) throw this.#damaged("body");
        yield block.subarray(Math.max(0, first - at), last + 1 - at);
      }
    } finally {
      void files.close(descriptor).catch(() => {});
    }
    return undefined;
  }

  async #read(descriptor: number, position: number, bytes: number): Promise<Uint8Array> {
    const into = new Uint8Array(bytes);
    const got = await this.#files.read(descriptor, into, position).catch(() => 0);
    if (got < bytes) throw this.#damaged("length");
    return into;
  }

  #damaged(reason: string): Error {
    this.#onDamaged(reason);
    return new Error(`the stored body is damaged: ${reason}`);
  }
}
