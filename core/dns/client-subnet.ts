/** EDNS Client Subnet (RFC 7871): the part of a client's address that its resolver tells, and how far an answer holds. */
import { formatAddress } from "../net/address.ts";

/** No more bits than these of an address count: what is beyond names a person (RFC 7871 section 11.1). */
const BITS_MAX = { 4: 24, 6: 56 } as const;
/** The address families of the option (IANA). */
const FAMILY = { 1: 4, 2: 6 } as const;

/** What a resolver tells of its client. */
export interface ClientSubnet {
  readonly family: 4 | 6;
  /** How many bits of the address were given; 0: the client wants none of it to count. */
  readonly sourceBits: number;
  /** The address as far as it was given and counts, zeros after it. */
  readonly address: string;
  /** The option's content as it came: what is not the scope is echoed (RFC 7871 section 7.2.1). */
  readonly bytes: Uint8Array;
}

/** Reads the content of the option. Undefined: malformed, which is to be answered by FORMERR (RFC 7871 section 7.1.2). */
export function readClientSubnet(bytes: Uint8Array): ClientSubnet | undefined {
  const [high = 0, low = 0, sourceBits = 0, scopeBits = 0] = bytes;
  const code = (high << 8) | low;
  if (bytes.length < 4 || (code !== 1 && code !== 2) || scopeBits !== 0) return undefined;
  const family = FAMILY[code];
  const length = family === 4 ? 4 : 16;
  const given = bytes.subarray(4);
  if (sourceBits > length * 8 || given.length !== Math.ceil(sourceBits / 8)) return undefined;
  const spare = given.length * 8 - sourceBits;
  if (spare > 0 && ((given.at(-1) ?? 0) & ((1 << spare) - 1)) !== 0) return undefined;
  const counted = Math.min(sourceBits, BITS_MAX[family]);
  const address = Array.from({ length }, (_, index) => maskedByte(given[index] ?? 0, counted - index * 8));
  return { family, sourceBits, address: formatAddress({ family, bytes: address }), bytes: Uint8Array.from(bytes) };
}

function maskedByte(byte: number, bits: number): number {
  if (bits >= 8) return byte;
  return bits <= 0 ? 0 : byte & (0xff << (8 - bits)) & 0xff;
}

/** The option's content for an answer that holds for all clients of the first `scopeBits` bits. */
export function scopedSubnet({ bytes, sourceBits }: ClientSubnet, scopeBits: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[3] = sourceBits === 0 ? 0 : scopeBits;
  return copy;
}
