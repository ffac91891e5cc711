/** Host names that never belong to a public server: refused at config time, before anybody resolves them (RFC 6761 and others). */

/** Last labels that are never delegated in public DNS, or mean the machine or the network one is in. */
const PRIVATE_SUFFIXES: ReadonlyMap<string, string> = new Map([
  ["localhost", "a loopback name"], // RFC 6761 §6.3
  ["localdomain", "a loopback name"],
  ["local", "a name of the local network"], // RFC 6762
  ["internal", "a name of a private network"], // reserved by ICANN in 2024; cloud metadata services live here
  ["intranet", "a name of a private network"],
  ["lan", "a name of the local network"],
  ["home.arpa", "a name of the local network"], // RFC 8375
]);

/** Public names of metadata services of cloud providers. */
const METADATA_NAMES: ReadonlySet<string> = new Set(["metadata.goog", "metadata.tencentyun.com"]);

/** What kind of private name it is, with its article; undefined: it may be public. `name` is in lower case without a dot at its end. */
export function privateNameKind(name: string): string | undefined {
  const labels = name.split(".");
  const [last = "", secondLast = ""] = [labels.at(-1), labels.at(-2)];
  const kind = PRIVATE_SUFFIXES.get(last) ?? PRIVATE_SUFFIXES.get(`${secondLast}.${last}`);
  if (kind !== undefined) return kind;
  if (METADATA_NAMES.has(name)) return "the name of a metadata service";
  // `redis`, `metadata`, `ip6-localhost`: from the hosts file or the search domain of the machine.
  return labels.length === 1 ? "a name without a dot, which only a private network knows" : undefined;
}
