/** Which addresses an origin may have when private ones are not allowed: the last line against SSRF (FAULTS O01). */
import { BlockList, isIP } from "node:net";

/** RFC 6890 and its registry: everything that is not a public unicast address. */
const NOT_PUBLIC_V4 = (
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
  "192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
).split(" ");

const notPublic = new BlockList();
for (const range of NOT_PUBLIC_V4) {
  const [network = "", prefix = ""] = range.split("/");
  notPublic.addSubnet(network, Number(prefix), "ipv4");
}
const publicV6 = new BlockList();
publicV6.addSubnet("2000::", 3, "ipv6");
for (const [network, prefix] of [
  ["2001::", 23], // Teredo, ORCHID and other protocol assignments
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4 carries any IPv4 address
  ["3fff::", 20], // documentation
] as const) {
  notPublic.addSubnet(network, prefix, "ipv6");
}

/** Whether an address literal may be connected to as a public one. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic.check(address, "ipv4");
  if (family !== 6) return false;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isPublicAddress(mapped);
  return publicV6.check(address, "ipv6") && !notPublic.check(address, "ipv6");
}
