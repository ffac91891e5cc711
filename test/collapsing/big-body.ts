/** A long body of which no block equals another, made as it is read. */
import { createHash } from "node:crypto";

const BLOCK_BYTES = 262_144;

/** The same for every process: a block that looks like chance. */
function pattern(): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  let state = 1;
  for (let at = 0; at < BLOCK_BYTES; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    block.writeUInt32LE(state, at);
  }
  return block;
}

/** The bytes from `first` on, in blocks; each begins with its number. */
export function* bigBytes(lengthBytes: number, first = 0): Generator<Buffer, undefined> {
  const block = pattern();
  for (let number = Math.floor(first / BLOCK_BYTES); number * BLOCK_BYTES < lengthBytes; number += 1) {
    const own = Buffer.from(block);
    own.writeUInt32LE(number, 0);
    const from = Math.max(0, first - number * BLOCK_BYTES);
    yield own.subarray(from, Math.min(BLOCK_BYTES, lengthBytes - number * BLOCK_BYTES));
  }
  return undefined;
}

/** SHA-256 of the first `bytes` bytes of it. */
export function bigHash(bytes: number): string {
  const hash = createHash("sha256");
  for (const block of bigBytes(bytes)) hash.update(block);
  return hash.digest("hex");
}
