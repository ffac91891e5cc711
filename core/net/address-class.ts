/** What kind of address it is, by the special-purpose registries (RFC 6890): the base of the SSRF filter. */
import { type Address, contains, parseAddress, parseCidr } from "./address.ts";

/** `public` may be connected to as an origin; every other class only where private origins are allowed. */
export type AddressClass =
  | "public"
  | "unspecified"
  | "loopback"
  | "private"
  | "link-local"
  | "shared"
  | "multicast"
  | "documentation"
  | "reserved";

const RANGES: readonly (readonly [range: string, kind: AddressClass])[] = [
  ["0.0.0.0/8", "unspecified"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "shared"],
  ["127.0.0.0/8", "loopback"],
  ["168.63.129.16/32", "reserved"], // the host of every virtual machine on Azure
  ["169.254.0.0/16", "link-local"], // cloud metadata services live here
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"],
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "reserved"],
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "reserved"],
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "reserved"],
  ["::/128", "unspecified"],
  ["::1/128", "loopback"],
  ["100::/64", "reserved"],
  ["2001:db8::/32", "documentation"],
  ["2001::/23", "reserved"],
  ["3fff::/20", "documentation"],
  ["5f00::/16", "reserved"],
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "private"],
  ["ff00::/8", "multicast"],
];

const table = RANGES.flatMap(([text, kind]) => {
  const range = parseCidr(text);
  return range === undefined ? [] : [{ range, kind }];
});

/** Prefixes that carry an IPv4 address, and where in it: NAT64 (RFC 6052, RFC 8215), 6to4, IPv4-compatible. */
const EMBEDDING: readonly (readonly [range: string, at: number])[] = [
  ["64:ff9b::/96", 12],
  ["64:ff9b:1::/48", 12],
  ["2002::/16", 2],
  ["::/96", 12],
];
const embedding = EMBEDDING.flatMap(([text, at]) => {
  const range = parseCidr(text);
  return range === undefined ? [] : [{ range, at }];
});

/** The class of an address; one that carries an IPv4 address inside has the class of that. */
export function classOf(address: Address): AddressClass {
  const known = table.find(({ range }) => contains(range, address));
  if (known !== undefined) return known.kind;
  const carrier = embedding.find(({ range }) => contains(range, address));
  if (carrier === undefined) return isAllocated(address) ? "public" : "reserved";
  const inside = classOf({ family: 4, bytes: address.bytes.slice(carrier.at, carrier.at + 4) });
  return inside === "public" ? "reserved" : inside;
}

const GLOBAL_UNICAST = parseCidr("2000::/3");

/** Of IPv6 only one eighth is given out as unicast addresses (RFC 4291 §2.4). */
function isAllocated(address: Address): boolean {
  return address.family === 4 || (GLOBAL_UNICAST !== undefined && contains(GLOBAL_UNICAST, address));
}

/** Whether a literal is a public unicast address. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && classOf(address) === "public";
}

/** Whether a host to listen on can be reached from this machine only: `localhost`, or a loopback address. */
export function isLoopbackHost(host: string): boolean {
  const address = parseAddress(host);
  return address === undefined ? host.toLowerCase() === "localhost" : classOf(address) === "loopback";
}
