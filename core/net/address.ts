/** IP addresses and ranges: one strict spelling in, plain bytes inside (RFC 4291, RFC 5952). */

/** An address. IPv4-mapped IPv6 addresses are IPv4 here, so that no filter is passed by spelling. */
export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16 bytes. */
  readonly bytes: readonly number[];
}

/** A range of addresses of one family. */
export interface Cidr {
  readonly address: Address;
  readonly prefixBits: number;
}

const OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads a literal: dotted decimal or IPv6, nothing octal, hexadecimal, short, zoned or bracketed. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { family: 4, bytes: v4 };
  const v6 = parseV6(text);
  if (v6 === undefined) return undefined;
  if (MAPPED.every((byte, index) => v6[index] === byte)) return { family: 4, bytes: v6.slice(12) };
  return { family: 6, bytes: v6 };
}

function parseV4(text: string): number[] | undefined {
  return IPV4.exec(text)?.slice(1).map(Number);
}

function parseV6(text: string): number[] | undefined {
  if (text.length > 45 || !text.includes(":")) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const left = groupsOf(head, tail === undefined);
  const right = tail === undefined ? [] : groupsOf(tail, true);
  if (left === undefined || right === undefined) return undefined;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return [...left, ...Array<number>(missing).fill(0), ...right];
}

/** Bytes of colon-separated groups; the last may be dotted decimal when it ends the address. */
function groupsOf(text: string, ends: boolean): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const dotted = ends && index === groups.length - 1 ? parseV4(group) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (GROUP.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** The canonical text (RFC 5952 for IPv6). */
export function formatAddress({ family, bytes }: Address): string {
  if (family === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0));
  const run = longestZeroRun(groups);
  const hex = (list: readonly number[]): string => list.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. */
export function parseCidr(text: string): Cidr | undefined {
  const [literal = "", prefix, ...rest] = text.split("/");
  const address = parseAddress(literal);
  if (address === undefined || rest.length > 0) return undefined;
  const widest = address.bytes.length * 8;
  if (prefix === undefined) return { address, prefixBits: widest };
  const prefixBits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : widest + 1;
  return prefixBits > widest ? undefined : { address: firstOf(address, prefixBits), prefixBits };
}

/** Whether an address lies in a range. */
export function contains(range: Cidr, address: Address): boolean {
  if (range.address.family !== address.family) return false;
  const cut = firstOf(address, range.prefixBits);
  return cut.bytes.every((byte, index) => byte === range.address.bytes[index]);
}

/** The first address of the prefix that an address lies in: what is left of it when the rest is cut for privacy. */
export function firstOf(address: Address, prefixBits: number): Address {
  const bytes = address.bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefixBits - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return { family: address.family, bytes };
}
