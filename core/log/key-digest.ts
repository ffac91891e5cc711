/** A short name for a cache key: log lines of one key can be found without showing its query. */

import { remembering } from "../remembering.ts";

/** 16 hexadecimal digits of two FNV-1a hashes with different starts. Not a secret's hash: equal keys are equal. */
export const keyDigest: (key: string) => string = remembering((key) => {
  let a = 0x811c9dc5 | 0;
  let b = 0x9747b28c | 0;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    // `| 0` keeps it an integer for the machine; the hash is the same.
    b = (Math.imul(b ^ code, 0x01000193) + index) | 0;
  }
  return hexText(spread(a)) + hexText(spread(b));
});

const HEX_OF_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Eight digits. Number's own `toString(16)` takes the way of floating point here, which costs more than the hash. */
function hexText(hash: number): string {
  const [a, b] = [HEX_OF_BYTE[hash >>> 24], HEX_OF_BYTE[(hash >>> 16) & 0xff]];
  return `${a}${b}${HEX_OF_BYTE[(hash >>> 8) & 0xff]}${HEX_OF_BYTE[hash & 0xff]}`;
}

/** Lets every bit of the hash change every bit of the result. */
function spread(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const twice = Math.imul(once ^ (once >>> 12), 0x297a2d39);
  return twice ^ (twice >>> 15);
}
