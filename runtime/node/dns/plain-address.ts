/** The address of a peer as the rest of the code knows it. */

/** Without the zone of IPv6, and IPv4 as IPv4 also where both share a socket. */
export function plainAddress(address: string): string {
  const zone = address.indexOf("%");
  const text = zone < 0 ? address : address.slice(0, zone);
  return text.startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;
}
