/** SipHash-2-4 (Aumasson and Bernstein, 2012), the hash of DNS cookies (RFC 9018 section 4.4), in halves of 32 bits. */

/** 64-bit words as pairs: low half, high half, of v0 to v3. */
type State = Int32Array;

/** The hash of some bytes under a key of 16 bytes, as 8 bytes in little-endian order. */
export function sipHash24(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const [k0, k1, k2, k3] = [u32(key, 0), u32(key, 4), u32(key, 8), u32(key, 12)];
  const v = Int32Array.of(
    0x70736575,
    0x736f6d65,
    0x6e646f6d,
    0x646f7261,
    0x6e657261,
    0x6c796765,
    0x79746573,
    0x74656462,
  );
  for (const [index, half] of [k0, k1, k2, k3, k0, k1, k2, k3].entries()) v[index] = (v[index] ?? 0) ^ half;
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) absorb(v, u32(bytes, at), u32(bytes, at + 4));
  const last = new Uint8Array(8);
  last.set(bytes.subarray(whole));
  last[7] = bytes.length;
  absorb(v, u32(last, 0), u32(last, 4));
  v[4] = (v[4] ?? 0) ^ 0xff;
  for (let count = 0; count < 4; count += 1) round(v);
  const out = new Uint8Array(8);
  const [low, high] = [0, 1].map((half) => [0, 2, 4, 6].reduce((sum, word) => sum ^ (v[word + half] ?? 0), 0));
  for (let at = 0; at < 4; at += 1) {
    out[at] = (low ?? 0) >>> (at * 8);
    out[at + 4] = (high ?? 0) >>> (at * 8);
  }
  return out;
}

function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function absorb(v: State, low: number, high: number): void {
  v[6] = (v[6] ?? 0) ^ low;
  v[7] = (v[7] ?? 0) ^ high;
  round(v);
  round(v);
  v[0] = (v[0] ?? 0) ^ low;
  v[1] = (v[1] ?? 0) ^ high;
}

function round(v: State): void {
  addAndTurn(v, 0, 2, 13);
  swapHalves(v, 0);
  addAndTurn(v, 4, 6, 16);
  addAndTurn(v, 0, 6, 21);
  addAndTurn(v, 4, 2, 17);
  swapHalves(v, 4);
}

/** a += b; b = (b turned left) ^ a. */
function addAndTurn(v: State, a: number, b: number, bits: number): void {
  const [bLow, bHigh] = [v[b] ?? 0, v[b + 1] ?? 0];
  const low = ((v[a] ?? 0) >>> 0) + (bLow >>> 0);
  const aLow = low | 0;
  const aHigh = ((v[a + 1] ?? 0) + bHigh + (low > 0xffffffff ? 1 : 0)) | 0;
  v[a] = aLow;
  v[a + 1] = aHigh;
  v[b] = ((bLow << bits) | (bHigh >>> (32 - bits))) ^ aLow;
  v[b + 1] = ((bHigh << bits) | (bLow >>> (32 - bits))) ^ aHigh;
}

function swapHalves(v: State, word: number): void {
  const low = v[word] ?? 0;
  v[word] = v[word + 1] ?? 0;
  v[word + 1] = low;
}
