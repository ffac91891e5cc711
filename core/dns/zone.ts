/** The zones that a router answers for: who says so, what stands in them, and which names lead to edges. */
import { TYPE } from "./codes.ts";
import { nameBytes, parentOf } from "./name.ts";
import type { DnsRecord } from "./reply.ts";

/** A site as the DNS knows it. */
export interface DnsSite {
  readonly name: string;
  /** As its config has them: exact, or `*.` and a suffix; any others lead nowhere. */
  readonly hosts: readonly string[];
}

/** A zone of the config, its records in bytes. */
export interface ZoneConfig {
  readonly apex: string;
  readonly nameServers: readonly string[];
  readonly hostmaster: string | undefined;
  /** Protocols that the HTTPS records of routed names tell; undefined: there are no such records. */
  readonly alpn: readonly string[] | undefined;
  readonly records: readonly DnsRecord[];
}

/** What the answers of all zones have in common. */
export interface ZoneDefaults {
  readonly nameServers: readonly string[];
  readonly hostmaster: string | undefined;
  readonly alpn: readonly string[] | undefined;
  /** Serial number of their state. */
  readonly serial: number;
  /** Of NS and SOA records. */
  readonly ttlSeconds: number;
  readonly negativeTtlSeconds: number;
}

/** A zone ready to answer. */
export interface Zone {
  readonly apex: string;
  readonly soa: DnsRecord;
  readonly nameServers: readonly DnsRecord[];
  readonly alpn: readonly string[] | undefined;
  /** Those of the config by name. */
  readonly records: ReadonlyMap<string, readonly DnsRecord[]>;
  /** Names that have no records and names below them (RFC 8020: they exist). */
  readonly emptyNames: ReadonlySet<string>;
  /** Sites are found by their own names in it: `shop.cdn.example.com`. */
  readonly isConfigured: boolean;
}

/** What there is to know of a name. */
export interface Found {
  readonly zone: Zone;
  readonly records: readonly DnsRecord[];
  /** The host by which the name is routed to edges. */
  readonly routedHost: string | undefined;
  /** What answers for the name count under: of all names below a wildcard, or a delegation, that is one. */
  readonly rateName: string;
  /** The name servers of a part of the zone that others answer for, and its name. */
  readonly delegation: readonly DnsRecord[] | undefined;
  readonly exists: boolean;
}

const NONE: readonly DnsRecord[] = [];
const REFRESH_SECONDS = [3600, 600, 604_800] as const;

/** All zones. Made anew when sites or config change. */
export class ZoneBook {
  readonly #zones = new Map<string, Zone>();
  readonly #exactHosts = new Set<string>();
  /** Suffixes of wildcard hosts, without their first dot. */
  readonly #wildHosts = new Set<string>();
  readonly #hostsOfSites = new Map<string, string>();
  /** Names with hosts below them: they exist (RFC 8020), or a resolver that asks label by label stops there. */
  readonly #aboveHosts = new Set<string>();

  constructor(zones: readonly ZoneConfig[], sites: readonly DnsSite[], defaults: ZoneDefaults) {
    for (const zone of zones) this.#zones.set(zone.apex, madeZone(zone, defaults, true));
    for (const { name, hosts } of sites) {
      const usable = hosts.map((host) => host.toLowerCase()).filter((host) => isName(host.replace(/^\*\./, "")));
      for (const host of usable) this.#addHost(host, defaults);
      const [first] = usable;
      if (first !== undefined) this.#hostsOfSites.set(name.toLowerCase(), first.replace(/^\*/, "www"));
    }
  }

  #addHost(host: string, defaults: ZoneDefaults): void {
    const apex = host.replace(/^\*\./, "");
    (apex === host ? this.#exactHosts : this.#wildHosts).add(apex);
    for (let at = parentOf(host); at !== undefined; at = parentOf(at)) this.#aboveHosts.add(at);
    if (this.#zoneOf(apex) !== undefined) return;
    const { nameServers, hostmaster, alpn } = defaults;
    this.#zones.set(apex, madeZone({ apex, nameServers, hostmaster, alpn, records: [] }, defaults, false));
  }

  /** How many zones there are. */
  get size(): number {
    return this.#zones.size;
  }

  /** What stands at a name (as `readName` gives it); undefined: it is in no zone of ours. */
  find(name: string): Found | undefined {
    const zone = this.#zoneOf(name);
    if (zone === undefined) return undefined;
    const records = zone.records.get(name) ?? NONE;
    const delegation = delegationOf(zone, name);
    const routedHost = delegation === undefined ? this.#routedHost(zone, name) : undefined;
    const isAbove = name === zone.apex || zone.emptyNames.has(name) || this.#aboveHosts.has(name);
    const exists = records.length > 0 || routedHost !== undefined || isAbove;
    const rateName = delegation?.[0]?.name ?? (records.length > 0 ? name : this.#wildcardOf(zone, name));
    return { zone, records, routedHost, rateName, delegation, exists };
  }

  #zoneOf(name: string): Zone | undefined {
    for (let apex: string | undefined = name; apex !== undefined; apex = parentOf(apex)) {
      const zone = this.#zones.get(apex);
      if (zone !== undefined) return zone;
    }
    return undefined;
  }

  /** The wildcard host of its zone that a name falls under, if it is no host by itself; else the name. */
  #wildcardOf(zone: Zone, name: string): string {
    if (this.#exactHosts.has(name)) return name;
    for (let suffix = parentOf(name); suffix !== undefined; suffix = parentOf(suffix)) {
      if (this.#wildHosts.has(suffix)) return `*.${suffix}`;
      if (suffix === zone.apex) break;
    }
    return name;
  }

  #routedHost(zone: Zone, name: string): string | undefined {
    if (this.#exactHosts.has(name)) return name;
    if (this.#wildcardOf(zone, name) !== name) return name;
    if (!zone.isConfigured || parentOf(name) !== zone.apex) return undefined;
    return this.#hostsOfSites.get(name.slice(0, name.length - zone.apex.length - 1));
  }
}

/** Whether a text is the name of a host: no port, no address, no wildcard. */
function isName(text: string): boolean {
  return nameBytes(text) !== undefined && !/^[\d.]*$|[:*[\]\\]/.test(text);
}

function delegationOf(zone: Zone, name: string): readonly DnsRecord[] | undefined {
  let found: readonly DnsRecord[] | undefined;
  for (let at: string | undefined = name; at !== undefined && at !== zone.apex; at = parentOf(at)) {
    const servers = zone.records.get(at)?.filter(({ type }) => type === TYPE.NS) ?? NONE;
    if (servers.length > 0) found = servers;
  }
  return found;
}

function madeZone(config: ZoneConfig, defaults: ZoneDefaults, isConfigured: boolean): Zone {
  const { apex, alpn } = config;
  const { ttlSeconds } = defaults;
  const records = byName(config.records);
  const own = records.get(apex)?.filter(({ type }) => type === TYPE.NS) ?? NONE;
  const named = config.nameServers.flatMap((server) => nameBytes(server) ?? []);
  const made = named.map((data) => ({ name: apex, type: TYPE.NS, ttlSeconds, data }));
  return {
    ...{ apex, alpn, records, isConfigured },
    soa: soaOf(config, defaults),
    nameServers: own.length > 0 ? own : made,
    emptyNames: new Set([...records.keys()].flatMap((name) => namesBetween(name, apex))),
  };
}

function byName(records: readonly DnsRecord[]): Map<string, DnsRecord[]> {
  const found = new Map<string, DnsRecord[]>();
  for (const record of records) {
    const others = found.get(record.name);
    if (others === undefined) found.set(record.name, [record]);
    else others.push(record);
  }
  return found;
}

/** The names above one, below the apex. */
function namesBetween(name: string, apex: string): string[] {
  const names: string[] = [];
  for (let at = parentOf(name); at !== undefined && at.length > apex.length; at = parentOf(at)) names.push(at);
  return names;
}

/** RFC 1035 section 3.3.13; its own TTL bounds that of negative answers (RFC 2308 section 4). */
function soaOf({ apex, nameServers, hostmaster }: ZoneConfig, defaults: ZoneDefaults): DnsRecord {
  const { serial, negativeTtlSeconds } = defaults;
  const server = nameBytes(nameServers[0] ?? apex) ?? Uint8Array.of(0);
  const mailbox = nameBytes(mailboxName(hostmaster ?? `hostmaster@${apex}`)) ?? Uint8Array.of(0);
  const numbers = [serial, ...REFRESH_SECONDS, negativeTtlSeconds];
  const bytes = numbers.flatMap((value) => [value >>> 24, value >>> 16, value >>> 8, value].map((byte) => byte & 0xff));
  const data = Uint8Array.from([...server, ...mailbox, ...bytes]);
  return { name: apex, type: TYPE.SOA, ttlSeconds: negativeTtlSeconds, data };
}

/** `joe.doe@example.com` as a name: dots before the @ belong to the first label (RFC 1035 section 8). */
function mailboxName(mail: string): string {
  const at = mail.lastIndexOf("@");
  return at < 0 ? mail : `${mail.slice(0, at).replaceAll(".", "\\046")}.${mail.slice(at + 1)}`;
}
