/** Host and port of a request in normal form, or refused: what a site is found by and a key is made of (RFC 9110 §7.2). */

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([1-9][0-9]{0,4}))?$/;
const HOST_MAX_BYTES = 253;
/** A name with its trailing dot and a port. */
const AUTHORITY_MAX_BYTES = 260;
const LABEL_MAX_BYTES = 63;
const PORT_MAX = 65_535;

/** Hosts are few and asked for often; what is remembered is bounded, and forgotten whole when it is full. */
const REMEMBERED_AUTHORITIES = 1_024;
const remembered = { http: new Map<string, string | undefined>(), https: new Map<string, string | undefined>() };

/** Lower case, default port and trailing dot removed; undefined when it is not a host name or address literal. */
export function normalAuthority(text: string, scheme: "http" | "https"): string | undefined {
  if (text.length > AUTHORITY_MAX_BYTES) return undefined;
  const known = remembered[scheme];
  const before = known.get(text);
  if (before !== undefined || known.has(text)) return before;
  if (known.size >= REMEMBERED_AUTHORITIES) known.clear();
  const normal = parseAuthority(text, scheme);
  known.set(text, normal);
  return normal;
}

function parseAuthority(text: string, scheme: "http" | "https"): string | undefined {
  const match = AUTHORITY.exec(text.toLowerCase());
  const host = match?.[1];
  if (match === null || host === undefined) return undefined;
  const normalHost = host.startsWith("[") ? normalLiteral(host.slice(1, -1)) : normalName(host);
  if (normalHost === undefined) return undefined;
  const port = match[2];
  if (port === undefined || Number(port) === (scheme === "https" ? 443 : 80)) return normalHost;
  return Number(port) > PORT_MAX ? undefined : `${normalHost}:${port}`;
}

function normalName(host: string): string | undefined {
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  if (name.length === 0 || name.length > HOST_MAX_BYTES) return undefined;
  const labels = name.split(".");
  if (labels.some((label) => label.length === 0 || label.length > LABEL_MAX_BYTES)) return undefined;
  // A last label that is a number makes it an address for every URL parser; only the dotted form has one meaning.
  if (/^(?:\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "") && ipv4Groups(name) === undefined) return undefined;
  return name;
}

function normalLiteral(text: string): string | undefined {
  const groups = ipv6Groups(text);
  return groups === undefined ? undefined : `[${shortestForm(groups)}]`;
}

/** The two 16-bit groups of a dotted IPv4 address without leading zeros. */
function ipv4Groups(text: string): number[] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1);
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith("0")))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = octets.map(Number);
  return [a * 256 + b, c * 256 + d];
}

function ipv6Groups(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2 || (halves.length === 2 && halves[0]?.includes("."))) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const embedded = index === parts.length - 1 && part.includes(".") ? ipv4Groups(part) : undefined;
    if (embedded !== undefined) groups.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952 §4: the longest run of two or more zero groups becomes "::". */
function shortestForm(groups: readonly number[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.length < 2) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}
