/** Whom limits for each remote address count: one IPv4 address, or one IPv6 /64, the least that a subscriber gets. */
import { type Cidr, contains, firstOf, formatAddress, parseAddress } from "./address.ts";
import { classOf } from "./address-class.ts";

/** Bits of an IPv6 address that name the subscriber. */
const PREFIX_BITS = 64;

/** One of those that are counted. */
export interface Subscriber {
  readonly family: 4 | 6;
  /** The address, or the first one of the prefix. */
  readonly key: string;
}

/** Who is counted for an address; undefined for loopback, trusted proxies, and what is no address: those have no limits. */
export function subscriberOf(addressText: string, trusted: readonly Cidr[]): Subscriber | undefined {
  const address = parseAddress(addressText);
  if (address === undefined || classOf(address) === "loopback") return undefined;
  if (trusted.some((range) => contains(range, address))) return undefined;
  const { family } = address;
  return { family, key: formatAddress(family === 4 ? address : firstOf(address, PREFIX_BITS)) };
}
