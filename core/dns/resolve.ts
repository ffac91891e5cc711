/** The answer to one query: from the zones, from the choice of edges, never from anybody else. */

import { CLASS_IN, RCODE, TYPE, typeName } from "./codes.ts";
import type { Query } from "./query.ts";
import { addressRecord, recordData } from "./record-data.ts";
import type { DnsRecord, Reply } from "./reply.ts";
import type { Found, Zone, ZoneBook } from "./zone.ts";

/** The edges for one asker. */
export interface RoutedAddresses {
  /** Best first, of one family. */
  readonly addresses: readonly string[];
  /** For how many bits of the client's address this holds; 0: for everybody. */
  readonly scopeBits: number;
  readonly ttlSeconds: number;
}

/** Chooses edges: for the host of a site, addresses of one family. */
export type RouteAddresses = (host: string, family: 4 | 6) => RoutedAddresses;

/** Aliases within our zones that one answer follows. */
const ALIASES_MAX = 8;
/** RFC 8482 section 4.2: an answer to ANY that says nothing. */
const ANY_DATA = Uint8Array.of(7, ...Array.from("RFC8482", (letter) => letter.charCodeAt(0)), 0);

/** Answers a query of version 0 or without EDNS. */
export function resolve(query: Query, zones: ZoneBook, route: RouteAddresses): Reply {
  if (query.edns !== undefined && query.edns.version !== 0) return plain(RCODE.badVers);
  const isTransfer = query.type === TYPE.AXFR || query.type === TYPE.IXFR;
  if (query.class !== CLASS_IN || isTransfer || query.type === TYPE.OPT) return plain(RCODE.refused);
  const found = zones.find(query.name);
  if (found === undefined) return plain(RCODE.refused);
  const { delegation, rateName } = found;
  const reply = delegation ? referral(found, delegation) : new Answer(query, zones, route).made(query.name, found);
  return { ...reply, rateName };
}

function plain(rcode: number): Reply {
  return { rcode, authoritative: false, answers: [], authority: [], additional: [], scopeBits: 0 };
}

/** Others answer for this part of the zone (RFC 1034 section 4.3.2, 3b). */
function referral({ zone }: Found, servers: readonly DnsRecord[]): Reply {
  const additional = servers.flatMap(({ data }) => addressesOf(zone, hostText(data)));
  return { ...plain(RCODE.noError), authority: servers, additional };
}

function addressesOf(zone: Zone, name: string): readonly DnsRecord[] {
  return (zone.records.get(name) ?? []).filter(({ type }) => type === TYPE.A || type === TYPE.AAAA);
}

/** The name in a record's content, which we wrote. */
function hostText(data: Uint8Array): string {
  const labels: string[] = [];
  for (let at = 0; (data[at] ?? 0) > 0; at += (data[at] ?? 0) + 1) {
    labels.push(String.fromCharCode(...data.subarray(at + 1, at + 1 + (data[at] ?? 0))).toLowerCase());
  }
  return labels.join(".");
}

class Answer {
  readonly #query: Query;
  readonly #zones: ZoneBook;
  readonly #route: RouteAddresses;
  readonly #answers: DnsRecord[] = [];
  #scopeBits = 0;

  constructor(query: Query, zones: ZoneBook, route: RouteAddresses) {
    this.#query = query;
    this.#zones = zones;
    this.#route = route;
  }

  made(name: string, found: Found, aliases = 0): Reply {
    const { zone, records, exists } = found;
    const alias = records.find(({ type }) => type === TYPE.CNAME);
    const { type } = this.#query;
    if (type === TYPE.ANY && exists) {
      this.#answers.push({ name, type: TYPE.HINFO, ttlSeconds: 3600, data: ANY_DATA });
    } else if (alias !== undefined && type !== TYPE.CNAME) {
      this.#answers.push(alias);
      const target = hostText(alias.data);
      const next = aliases < ALIASES_MAX ? this.#zones.find(target) : undefined;
      if (next !== undefined && next.delegation === undefined) return this.made(target, next, aliases + 1);
      return this.#reply(RCODE.noError, []);
    } else {
      this.#answers.push(...this.#recordsOf(name, found));
    }
    const isEmpty = this.#answers.every(({ name: owner }) => owner !== name);
    return this.#reply(exists ? RCODE.noError : RCODE.nxDomain, isEmpty ? [zone.soa] : [], zone);
  }

  #reply(rcode: number, authority: readonly DnsRecord[], zone?: Zone): Reply {
    const servers = this.#query.type === TYPE.NS && zone !== undefined ? this.#answers : [];
    const additional = zone === undefined ? [] : servers.flatMap(({ data }) => addressesOf(zone, hostText(data)));
    const [answers, scopeBits] = [this.#answers, this.#scopeBits];
    return { rcode, authoritative: true, answers, authority, additional, scopeBits };
  }

  #recordsOf(name: string, { zone, records, routedHost }: Found): readonly DnsRecord[] {
    const { type } = this.#query;
    if (name === zone.apex && type === TYPE.SOA) return [zone.soa];
    if (name === zone.apex && type === TYPE.NS) return zone.nameServers;
    const own = records.filter((record) => record.type === type);
    if (own.length > 0 || routedHost === undefined) return own;
    if (type === TYPE.A || type === TYPE.AAAA) return this.#routed(name, routedHost, type);
    return type === TYPE.HTTPS && zone.alpn !== undefined ? this.#service(name, routedHost, zone.alpn) : [];
  }

  #routed(name: string, host: string, type: number): readonly DnsRecord[] {
    const { addresses, scopeBits, ttlSeconds } = this.#route(host, type === TYPE.A ? 4 : 6);
    this.#scopeBits = Math.max(this.#scopeBits, scopeBits);
    return addresses.flatMap((address) => {
      const record = addressRecord(address);
      return record?.type === type ? [{ name, type, ttlSeconds, data: record.data }] : [];
    });
  }

  /** Where else to find what A and AAAA say, and by which protocols (RFC 9460 section 9). */
  #service(name: string, host: string, alpn: readonly string[]): readonly DnsRecord[] {
    const [v4, v6] = [this.#route(host, 4), this.#route(host, 6)];
    this.#scopeBits = Math.max(this.#scopeBits, v4.scopeBits, v6.scopeBits);
    // A family that no edge has says nothing of how long the other's addresses hold.
    const named = [v4, v6].filter(({ addresses }) => addresses.length > 0);
    if (named.length === 0) return [];
    const ttlSeconds = Math.min(...named.map((one) => one.ttlSeconds));
    const hints = [
      ...(v4.addresses.length > 0 ? [`ipv4hint=${v4.addresses.join(",")}`] : []),
      ...(v6.addresses.length > 0 ? [`ipv6hint=${v6.addresses.join(",")}`] : []),
    ];
    const data = recordData(TYPE.HTTPS, ["1", ".", `alpn=${alpn.join(",")}`, ...hints].join(" "));
    if (typeof data === "string") throw new Error(`an HTTPS record of ours ${data}`);
    return [{ name, type: TYPE.HTTPS, ttlSeconds, data }];
  }
}

/** What a query is called in logs and metrics: no names of users' making. */
export function typeLabel(type: number): string {
  const name = typeName(type);
  return name.startsWith("TYPE") ? "other" : name;
}
