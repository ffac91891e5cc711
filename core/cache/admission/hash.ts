/** Hashes of keys: spread evenly, and not to be foreseen by who does not know the seed. */

/** A whole number below 2^32. The seed is one as well. */
export function hashOf(text: string, seed: number): number {
  let hash = seed ^ 0x811c_9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return mixed(hash ^ text.length);
}

/** Spreads a number over 32 bits: numbers that are close to each other come out far apart. */
export function mixed(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
