/** Who the client is: the peer of the connection, or whom trusted proxies say they speak for. */
import { type Fields, fieldValues } from "../http/fields.ts";
import { type Address, type Cidr, contains, formatAddress, parseAddress } from "./address.ts";

/** The client, and the addresses before it that X-Forwarded-For claims (kept only behind a trusted proxy). */
export interface ClientAddress {
  readonly clientAddress: string;
  readonly earlierAddresses: readonly string[];
}

/** At most this many members of X-Forwarded-For are looked at, from the right. */
const HOPS_MAX = 32;

/**
 * Walks X-Forwarded-For from the right as long as the address before is a trusted proxy. The first untrusted address
 * is the client; a member that is no address ends the walk at the last good one.
 */
export function clientAddress(peerAddress: string, fields: Fields, trusted: readonly Cidr[]): ClientAddress {
  if (trusted.length === 0) return { clientAddress: peerAddress, earlierAddresses: [] };
  const peer = parseAddress(peerAddress);
  if (peer === undefined || !isTrusted(peer, trusted)) return { clientAddress: peerAddress, earlierAddresses: [] };
  const members = fieldValues(fields, "x-forwarded-for").flatMap((value) => value.split(","));
  let client = peer;
  let left = members.length;
  while (left > 0 && members.length - left < HOPS_MAX && isTrusted(client, trusted)) {
    const next = parseMember(members[left - 1] ?? "");
    if (next === undefined) break;
    client = next;
    left -= 1;
  }
  const earlier = members.slice(Math.max(0, left - HOPS_MAX), left).map(parseMember);
  return {
    clientAddress: formatAddress(client),
    earlierAddresses: earlier.flatMap((address) => (address === undefined ? [] : [formatAddress(address)])),
  };
}

function isTrusted(address: Address, trusted: readonly Cidr[]): boolean {
  return trusted.some((range) => contains(range, address));
}

/** An address, perhaps with brackets or a port, as some proxies write it. */
function parseMember(text: string): Address | undefined {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed)?.[1];
  if (bracketed !== undefined) return parseAddress(bracketed);
  return parseAddress(trimmed) ?? parseAddress(trimmed.replace(/:\d{1,5}$/, ""));
}
