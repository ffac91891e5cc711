/** Rendezvous hashing: each key has its own order of edges, and an edge that comes or goes moves only its own keys. */

/** FNV-1a over UTF-16 units, mixed: a number in [0, 2^32). */
export function hashText(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mix(hash);
}

/** The same of a whole number below 2^53. */
export function hashNumber(value: number): number {
  return mix(Math.imul((value / 4_294_967_296) | 0, 0x9e3779b1) ^ (value | 0));
}

/** Where a key meets an edge: a number in (0, 1), as good as random, the same always. */
export function meetingPoint(keyHash: number, edgeHash: number): number {
  return (mix(keyHash ^ Math.imul(edgeHash, 0x9e3779b1)) + 0.5) / 4_294_967_296;
}

/** The distance of an edge of a weight from a meeting point; the nearest gets the key, edges in proportion to their weights. */
export function weighedDistance(point: number, weight: number): number {
  return -Math.log(point) / weight;
}

function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
