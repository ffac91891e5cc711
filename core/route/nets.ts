/**
 * Override nets: where prefixes are, or which edges serve them, whatever other providers say. One line each, either a
 * geofeed's (RFC 8805: `prefix,country,region,city,postal`), a place's (`prefix,LAT,LON[,country]`) or a list of edges'
 * (`prefix,edges:a b`). The longest prefix of an address holds.
 */
import type { Coordinates } from "../config/types.ts";
import { type Address, type Cidr, firstOf, formatAddress, parseAddress, parseCidr } from "../net/address.ts";

/** What is said of a prefix. A geofeed names no point: country, region and city are for a provider that knows them. */
export type NetEntry =
  | {
      readonly kind: "place";
      readonly at: Coordinates;
      readonly country: string;
    }
  | { readonly kind: "edges"; readonly edges: readonly string[] }
  | {
      readonly kind: "feed";
      readonly country: string;
      readonly region: string;
      readonly city: string;
    };

/** One thing that is wrong with a file, by its line, counted from 1. */
export interface NetsProblem {
  readonly line: number;
  readonly message: string;
}

/** A file that was read: good lines, and all that is wrong. */
export interface NetsReading {
  readonly nets: Nets;
  readonly problems: readonly NetsProblem[];
}

/** Prefixes of one file at most. */
const NETS_MAX = 1_000_000;
const LINE_MAX = 500;
const PROBLEMS_MAX = 1000;

/** Prefixes with what is said of them. */
export class Nets {
  /** By family and length of the prefix, longest first when asked. */
  readonly #byLength = new Map<string, Map<string, NetEntry>>();
  #lengths: readonly {
    readonly family: number;
    readonly bits: number;
    readonly name: string;
  }[] = [];
  #size = 0;

  /** How many prefixes there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds a prefix; false: it is there already. */
  add({ address, prefixBits }: Cidr, entry: NetEntry): boolean {
    const name = `${address.family}/${prefixBits}`;
    const table = this.#byLength.get(name) ?? new Map<string, NetEntry>();
    const key = formatAddress(address);
    if (table.has(key)) return false;
    table.set(key, entry);
    this.#size += 1;
    if (this.#byLength.has(name)) return true;
    this.#byLength.set(name, table);
    const length = { family: address.family, bits: prefixBits, name };
    this.#lengths = [...this.#lengths, length].sort((a, b) => b.bits - a.bits);
    return true;
  }

  /** What the longest prefix of an address says; undefined: none holds it. */
  find(text: string): NetEntry | undefined {
    const address = parseAddress(text);
    return address && this.#longest(address);
  }

  #longest(address: Address): NetEntry | undefined {
    for (const { family, bits, name } of this.#lengths) {
      if (family !== address.family) continue;
      const entry = this.#byLength.get(name)?.get(formatAddress(firstOf(address, bits)));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

/** Reads a file of nets. `edges`: the names that a list may use. */
export function readNets(text: string, edges: ReadonlySet<string>): NetsReading {
  const nets = new Nets();
  const problems: NetsProblem[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.replace(/#.*/, "").trim();
    if (line === "") continue;
    const message = takeLine(nets, line, edges);
    if (message !== undefined && problems.length < PROBLEMS_MAX) problems.push({ line: index + 1, message });
  }
  return { nets, problems };
}

/** Takes a line in; returns what is wrong with it. */
function takeLine(nets: Nets, line: string, edges: ReadonlySet<string>): string | undefined {
  if (line.length > LINE_MAX) return `the line has ${line.length} characters; ${LINE_MAX} at most`;
  if (nets.size >= NETS_MAX) return `more than ${NETS_MAX} prefixes`;
  const [prefix = "", ...fields] = line.split(",").map((field) => field.trim());
  const cidr = parseCidr(prefix);
  if (cidr === undefined) return `"${prefix}" is not a prefix; write for example 192.0.2.0/24`;
  if (
    prefix.includes("/") &&
    formatAddress(cidr.address) !== formatAddress(parseAddress(prefix.split("/")[0] ?? "") ?? cidr.address)
  ) {
    return `"${prefix}" has bits behind its length; write ${formatAddress(cidr.address)}/${cidr.prefixBits}`;
  }
  const entry = entryOf(fields, edges);
  if (typeof entry === "string") return entry;
  return nets.add(cidr, entry) ? undefined : `"${prefix}" is there twice`;
}

function entryOf(fields: readonly string[], edges: ReadonlySet<string>): NetEntry | string {
  const [first = "", second = "", third = ""] = fields;
  if (first.startsWith("edges:")) return edgeList(first.slice("edges:".length), edges);
  if (/^[-+]?[\d.]+$/.test(first)) return placeOf(first, second, third);
  if (first !== "" && !/^[A-Za-z]{2}$/.test(first))
    return `"${first}" is not a country of two letters, a latitude or edges:…`;
  if (second !== "" && !/^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$/.test(second))
    return `"${second}" is not a region (ISO 3166-2), for example US-NY`;
  if (second !== "" && second.slice(0, 2).toUpperCase() !== first.toUpperCase())
    return `region "${second}" is not in country "${first}"`;
  return {
    kind: "feed",
    country: first.toUpperCase(),
    region: second.toUpperCase(),
    city: third,
  };
}

function placeOf(latitude: string, longitude: string, country: string): NetEntry | string {
  const at = [Number(latitude), Number(longitude)] as const;
  if (longitude === "" || !(Math.abs(at[0]) <= 90 && Math.abs(at[1]) <= 180))
    return `"${latitude},${longitude}" is not LAT,LON in degrees`;
  if (country !== "" && !/^[A-Za-z]{2}$/.test(country)) return `"${country}" is not a country of two letters`;
  return { kind: "place", at, country: country.toUpperCase() };
}

function edgeList(text: string, edges: ReadonlySet<string>): NetEntry | string {
  const names = text.split(/\s+/).filter((name) => name !== "");
  if (names.length === 0) return "edges: names no edge";
  const unknown = names.filter((name) => !edges.has(name));
  return unknown.length > 0 ? `no edge is called ${unknown.join(", ")}` : { kind: "edges", edges: names };
}
