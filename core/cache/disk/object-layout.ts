/**
 * How an object lies in its file: a fixed head, the text of the response in a room that is larger than it (so that a 304
 * rewrites only that), the body, and a checksum for each 64 KiB of the body. Everything is under a checksum.
 */
import type { Checksum } from "./log-record.ts";

/** A body is checked in blocks of this length. */
export const BODY_BLOCK_BYTES = 65_536;
/** The length of the fixed head. */
export const FILE_HEAD_BYTES = 64;
/** Raised when the layout changes; what is of another version is not read. */
export const LAYOUT_VERSION = 1;

const MAGIC = 0x4150_4431;
const HEAD_CHECKED_BYTES = 40;
const CHECKSUM_BYTES = 4;
const ROOM_MIN_BYTES = 1024;
const ROOM_STEP_BYTES = 512;

/** What the fixed head says. */
export interface FileHead {
  /** The file's own number: one that lies in another's place is not it. */
  readonly file: number;
  readonly textBytes: number;
  /** What is set aside for the text. */
  readonly textRoomBytes: number;
  readonly textChecksum: number;
  readonly bodyBytes: number;
  /** Of the table of checksums. */
  readonly tableChecksum: number;
}

/** The room that a text of this length is given. */
export function roomFor(textBytes: number): number {
  return Math.max(ROOM_MIN_BYTES, Math.ceil((textBytes * 1.25) / ROOM_STEP_BYTES) * ROOM_STEP_BYTES);
}

/** How many checksums a body has. */
export function blocksOf(bodyBytes: number): number {
  return Math.ceil(bodyBytes / BODY_BLOCK_BYTES);
}

/** Where the body begins in the file. */
export function bodyAt(head: Pick<FileHead, "textRoomBytes">): number {
  return FILE_HEAD_BYTES + head.textRoomBytes;
}

/** Where the table begins. */
export function tableAt(head: Pick<FileHead, "textRoomBytes" | "bodyBytes">): number {
  return bodyAt(head) + head.bodyBytes;
}

/** How long the file is, exactly. */
export function fileBytesOf(head: Pick<FileHead, "textRoomBytes" | "bodyBytes">): number {
  return tableAt(head) + blocksOf(head.bodyBytes) * CHECKSUM_BYTES;
}

/** The bytes of a fixed head. */
export function writeFileHead(head: FileHead, checksum: Checksum): Uint8Array {
  const bytes = new Uint8Array(FILE_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, LAYOUT_VERSION);
  view.setUint32(8, head.textBytes);
  view.setUint32(12, head.textRoomBytes);
  view.setFloat64(16, head.bodyBytes);
  view.setUint32(24, head.textChecksum);
  view.setUint32(28, head.tableChecksum);
  view.setFloat64(32, head.file);
  view.setUint32(HEAD_CHECKED_BYTES, checksum(bytes.subarray(0, HEAD_CHECKED_BYTES)));
  return bytes;
}

/** Reads a fixed head; undefined when it is damaged or of another version. */
export function readFileHead(bytes: Uint8Array, checksum: Checksum): FileHead | undefined {
  if (bytes.byteLength < FILE_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, FILE_HEAD_BYTES);
  if (view.getUint32(HEAD_CHECKED_BYTES) !== checksum(bytes.subarray(0, HEAD_CHECKED_BYTES))) return undefined;
  if (view.getUint32(0) !== MAGIC || view.getUint32(4) !== LAYOUT_VERSION) return undefined;
  const head = {
    textBytes: view.getUint32(8),
    textRoomBytes: view.getUint32(12),
    bodyBytes: view.getFloat64(16),
    textChecksum: view.getUint32(24),
    tableChecksum: view.getUint32(28),
    file: view.getFloat64(32),
  };
  return head.textBytes <= head.textRoomBytes && Number.isSafeInteger(head.bodyBytes) ? head : undefined;
}

/** The table of a body that is at hand as a whole. */
export function tableOf(body: Uint8Array, checksum: Checksum): Uint8Array {
  const table = new TableBuilder(checksum);
  table.add(body);
  return table.end();
}

/** The table of a body that comes piece by piece. */
export class TableBuilder {
  readonly #checksum: (bytes: Uint8Array, before?: number) => number;
  #sums: number[] = [];
  #current = 0;
  #inBlock = 0;

  /** The checksum can be carried on: its value for what came before is its second argument. */
  constructor(checksum: (bytes: Uint8Array, before?: number) => number) {
    this.#checksum = checksum;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const piece = bytes.subarray(at, at + BODY_BLOCK_BYTES - this.#inBlock);
      this.#current = this.#inBlock === 0 ? this.#checksum(piece) : this.#checksum(piece, this.#current);
      this.#inBlock += piece.byteLength;
      at += piece.byteLength;
      if (this.#inBlock === BODY_BLOCK_BYTES) this.#close();
    }
  }

  end(): Uint8Array {
    if (this.#inBlock > 0) this.#close();
    const table = new Uint8Array(this.#sums.length * CHECKSUM_BYTES);
    const view = new DataView(table.buffer);
    for (const [block, sum] of this.#sums.entries()) view.setUint32(block * CHECKSUM_BYTES, sum);
    return table;
  }

  #close(): void {
    this.#sums.push(this.#current);
    this.#inBlock = 0;
  }
}

/** Whether the blocks in `bytes`, of which the first is number `firstBlock`, are what the table says. */
export function blocksAreWhole(bytes: Uint8Array, firstBlock: number, table: Uint8Array, checksum: Checksum): boolean {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  for (let at = 0; at < bytes.byteLength; at += BODY_BLOCK_BYTES) {
    const place = (firstBlock + at / BODY_BLOCK_BYTES) * CHECKSUM_BYTES;
    if (place + CHECKSUM_BYTES > table.byteLength) return false;
    if (view.getUint32(place) !== checksum(bytes.subarray(at, at + BODY_BLOCK_BYTES))) return false;
  }
  return true;
}
