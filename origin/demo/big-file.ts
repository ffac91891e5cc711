/** A big file that needs no disk and little memory: each byte follows from its offset alone. */
import type { Resource } from "./resource.ts";

/** 64 MiB. */
export const BIG_FILE_BYTES = 64 * 1024 * 1024;

const PIECE_BYTES = 64 * 1024;

/** `/big.bin`: the same bytes on every machine and at every start, readable in ranges. */
export const bigFile: Resource = {
  status: 200,
  contentType: "application/octet-stream",
  cacheControl: "public, max-age=3600",
  identity: { etag: '"big-64mib-1"', bytes: BIG_FILE_BYTES, read: bigFileBytes },
  gzip: undefined,
};

/** The bytes `first`..`last`, both inclusive. */
export function* bigFileBytes(first: number, last: number): Generator<Buffer> {
  for (let start = first; start <= last; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, last + 1);
    yield piece(start, end);
  }
}

function piece(start: number, end: number): Buffer {
  const alignedStart = start - (start % 4);
  const words = Buffer.allocUnsafe(Math.ceil((end - alignedStart) / 4) * 4);
  for (let offset = 0; offset < words.length; offset += 4) words.writeUInt32LE(wordAt(alignedStart + offset), offset);
  return words.subarray(start - alignedStart, end - alignedStart);
}

/** A well-mixed 32-bit word (the finalizer of MurmurHash3), so that the file does not compress. */
function wordAt(offset: number): number {
  let word = offset >>> 2;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
