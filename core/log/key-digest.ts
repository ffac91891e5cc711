/** A short name for a cache key: log lines of one key can be found without showing its query. */

/** 16 hexadecimal digits of two FNV-1a hashes with different starts. Not a secret's hash: equal keys are equal. */
export function keyDigest(key: string): string {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let index = 0; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + index;
  }
  return spread(a).toString(16).padStart(8, "0") + spread(b).toString(16).padStart(8, "0");
}

/** Lets every bit of the hash change every bit of the result. */
function spread(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const twice = Math.imul(once ^ (once >>> 12), 0x297a2d39);
  return (twice ^ (twice >>> 15)) >>> 0;
}
