/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org/download/3.0/doc/proxy-protocol.txt): what a load balancer says of
 * the client before the client's own bytes. Pure: bytes in, a verdict out. The caller decides whether the peer may be
 * believed, and closes the connection on anything malformed, as the protocol demands.
 */

import { formatAddress, parseAddress } from "./address.ts";
import { crc32c } from "./crc32c.ts";

/** The client as the load balancer saw it. */
export interface ProxiedPeer {
  /** An address literal in canonical form. */
  readonly address: string;
  readonly port: number;
}

/** What the first bytes of a connection are. */
export type ProxyHeader =
  /** More bytes are needed. */
  | { readonly kind: "incomplete" }
  /** No PROXY header, or a broken one: the connection must end. */
  | { readonly kind: "malformed"; readonly reason: string }
  /** A header of `bytes` length. Without `source` (LOCAL, UNKNOWN, UNSPEC) the peer of the connection is the client. */
  | { readonly kind: "header"; readonly bytes: number; readonly source: ProxiedPeer | undefined };

/** A header of version 1 has at most so many bytes, its CRLF included. */
const V1_MAX_BYTES = 107;
/** Addresses and further fields of version 2 beyond this are refused: the format would allow 65,535. */
const V2_BODY_MAX_BYTES = 2_048;
/** The longest header that can be valid: no more needs to be gathered. */
export const PROXY_HEADER_MAX_BYTES = 16 + V2_BODY_MAX_BYTES;

const V2_SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
const V1_PREFIX = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20]; // "PROXY "
const INCOMPLETE: ProxyHeader = { kind: "incomplete" };

/** Reads the header at the beginning of a connection's bytes; call it again with all of them when it is incomplete. */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (beginsLike(bytes, V2_SIGNATURE)) return bytes.length < 16 ? INCOMPLETE : readV2(bytes);
  if (beginsLike(bytes, V1_PREFIX)) return readV1(bytes);
  return malformed("no PROXY header");
}

/** Whether the bytes are the whole mark or its beginning. */
function beginsLike(bytes: Uint8Array, mark: readonly number[]): boolean {
  for (let index = 0; index < mark.length && index < bytes.length; index += 1) {
    if (bytes[index] !== mark[index]) return false;
  }
  return true;
}

function malformed(reason: string): ProxyHeader {
  return { kind: "malformed", reason };
}

// --- Version 1: one line of text.

function readV1(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf(0x0a);
  if (end === -1) return bytes.length < V1_MAX_BYTES ? INCOMPLETE : malformed("the line is too long");
  if (bytes[end - 1] !== 0x0d) return malformed("the line does not end in CRLF");
  const line = String.fromCharCode(...bytes.subarray(0, end - 1));
  const [, family, ...rest] = line.split(" ");
  // What follows UNKNOWN is to be ignored.
  if (family === "UNKNOWN") return { kind: "header", bytes: end + 1, source: undefined };
  const [from = "", to = "", fromPort = "", toPort = ""] = rest;
  if ((family !== "TCP4" && family !== "TCP6") || rest.length !== 4) return malformed("the line has other parts");
  const address = literalOf(from, family);
  if (address === undefined || literalOf(to, family) === undefined) return malformed("an address is none");
  if (!isPort(fromPort) || !isPort(toPort)) return malformed("a port is none");
  return { kind: "header", bytes: end + 1, source: { address, port: Number(fromPort) } };
}

/** Dots are IPv4's, colons IPv6's; an IPv4-mapped address is IPv4 inside, as everywhere. */
function literalOf(text: string, family: "TCP4" | "TCP6"): string | undefined {
  if (text.includes(":") !== (family === "TCP6")) return undefined;
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

// --- Version 2: sixteen bytes, then addresses, then fields that are skipped.

/** Bytes of a pair of addresses and ports, by family (the high half of byte 13). */
const PAIR_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 12, 2: 36, 3: 216 };

function readV2(bytes: Uint8Array): ProxyHeader {
  const [version, command] = halves(bytes[12]);
  const [family, transport] = halves(bytes[13]);
  const bodyBytes = numberAt(bytes, 14, 2);
  if (version !== 2) return malformed("the version is not 2");
  if (command > 1) return malformed("the command is neither LOCAL nor PROXY");
  if (bodyBytes > V2_BODY_MAX_BYTES) return malformed("the header is too long");
  const pairBytes = PAIR_BYTES[family];
  if (pairBytes === undefined || transport > 2) return malformed("the address family is unknown");
  if (bytes.length < 16 + bodyBytes) return INCOMPLETE;
  const header = bytes.subarray(0, 16 + bodyBytes);
  // LOCAL is the load balancer itself, for instance its health check; what its header says besides is skipped.
  if (command === 0) return { kind: "header", bytes: header.length, source: undefined };
  if (bodyBytes < pairBytes) return malformed("the addresses are cut");
  const problem = fieldsProblem(header, 16 + pairBytes);
  if (problem !== undefined) return malformed(problem);
  return { kind: "header", bytes: header.length, source: sourceOf(header, family, transport) };
}

function sourceOf(header: Uint8Array, family: number, transport: number): ProxiedPeer | undefined {
  // Only TCP clients send us requests; UNSPEC and UNIX have no address that means anything here.
  if (transport !== 1 || (family !== 1 && family !== 2)) return undefined;
  const width = family === 1 ? 4 : 16;
  const literal = formatAddress({ family: family === 1 ? 4 : 6, bytes: [...header.subarray(16, 16 + width)] });
  const address = parseAddress(literal);
  return {
    address: address === undefined ? literal : formatAddress(address),
    port: numberAt(header, 16 + 2 * width, 2),
  };
}

/** The checksum, when there is one, must be right (§2.2.2); all further fields must at least be whole. */
const CHECKSUM_FIELD = 0x03;

function fieldsProblem(header: Uint8Array, start: number): string | undefined {
  let at = start;
  while (at < header.length) {
    if (at + 3 > header.length) return "a field is cut";
    const length = numberAt(header, at + 1, 2);
    const value = at + 3;
    if (value + length > header.length) return "a field is cut";
    if (header[at] === CHECKSUM_FIELD) {
      if (length !== 4) return "the checksum has not four bytes";
      const unsealed = Uint8Array.from(header).fill(0, value, value + 4);
      if (crc32c(unsealed) !== numberAt(header, value, 4)) return "the checksum is wrong";
    }
    at = value + length;
  }
  return undefined;
}

function halves(byte: number | undefined): readonly [high: number, low: number] {
  return [(byte ?? 0) >> 4, (byte ?? 0) & 0xf];
}

/** A number of `width` bytes, most significant first. */
function numberAt(bytes: Uint8Array, at: number, width: number): number {
  let number = 0;
  for (let index = at; index < at + width; index += 1) number = number * 256 + (bytes[index] ?? 0);
  return number;
}
