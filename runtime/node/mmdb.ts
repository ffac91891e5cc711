/**
 * Places of addresses from a MaxMind DB file (`.mmdb`, format 2.0): GeoLite2-City, GeoIP2-City, DB-IP City and others of the
 * same fields. The file is held in memory whole; a lookup walks its tree and reads one record.
 */
import { readFileSync } from "node:fs";
import { parseAddress } from "../../core/net/address.ts";
import type { GeoProvider, Place } from "../../core/route/geo.ts";
import { MmdbData, type MmdbValue } from "./mmdb-data.ts";

const MARKER = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
/** The metadata lie in the last part of the file. */
const METADATA_MAX_BYTES = 128 * 1024;
const MEMO_MAX = 10_000;
/** A record without a city is a country's; without a radius it is about so exact. */
const CITY_AREA_KM = 50;
const COUNTRY_AREA_KM = 1_000;

interface Tree {
  readonly nodes: number;
  readonly recordBits: number;
  /** The node below the 96 zero bits that IPv4 addresses begin with in a tree of IPv6; 0 in a tree of IPv4. */
  readonly ipv4Node: number;
  readonly isIpv6: boolean;
}

/** Opens a file. Throws an `Error` that says what is wrong with it. */
export function openMmdb(file: string): MmdbProvider {
  return new MmdbProvider(readFileSync(file));
}

/** The provider. */
export class MmdbProvider implements GeoProvider {
  readonly #bytes: Buffer;
  readonly #tree: Tree;
  readonly #data: MmdbData;
  readonly #memo = new Map<string, Place | undefined>();

  /** Throws an `Error` when the bytes are no such file. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const { nodes, recordBits, isIpv6 } = metadataOf(bytes);
    const bare = { nodes, recordBits, isIpv6, ipv4Node: 0 };
    this.#tree = { ...bare, ipv4Node: isIpv6 ? walk(bytes, bare, 0, new Array<number>(12).fill(0)) : 0 };
    this.#data = new MmdbData(bytes, (nodes * recordBits) / 4 + 16);
  }

  locate(address: string): Place | undefined {
    if (this.#memo.has(address)) return this.#memo.get(address);
    if (this.#memo.size >= MEMO_MAX) this.#memo.clear();
    const place = this.#lookUp(address);
    this.#memo.set(address, place);
    return place;
  }

  /** A damaged part of the file knows nothing; the rest goes on to answer. */
  #lookUp(text: string): Place | undefined {
    const address = parseAddress(text);
    if (address === undefined || (address.family === 6 && !this.#tree.isIpv6)) return undefined;
    const { nodes, recordBits, ipv4Node } = this.#tree;
    try {
      const found = walk(this.#bytes, this.#tree, address.family === 4 ? ipv4Node : 0, address.bytes);
      if (found <= nodes) return undefined;
      return placeOf(this.#data.valueAt((nodes * recordBits) / 4 + (found - nodes)));
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}

/** Follows the bits of an address; a result above the number of nodes is a place in the data. */
function walk(bytes: Buffer, tree: Omit<Tree, "ipv4Node">, from: number, address: readonly number[]): number {
  let node = from;
  for (const byte of address) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      if (node >= tree.nodes) return node;
      node = record(bytes, tree.recordBits, node, (byte >> bit) & 1);
    }
  }
  return node;
}

/** One side of a node: 24, 28 or 32 bits. Of 28, the middle byte holds the highest four of both. */
function record(bytes: Buffer, recordBits: number, node: number, side: number): number {
  const at = (node * recordBits) / 4;
  if (recordBits === 24) return bytes.readUIntBE(at + 3 * side, 3);
  if (recordBits === 32) return bytes.readUInt32BE(at + 4 * side);
  const middle = bytes.readUInt8(at + 3);
  return (side === 0 ? middle >> 4 : middle & 0xf) * 2 ** 24 + bytes.readUIntBE(at + 4 * side, 3);
}

function metadataOf(bytes: Buffer): Omit<Tree, "ipv4Node"> {
  const from = Math.max(0, bytes.length - METADATA_MAX_BYTES);
  const at = bytes.subarray(from).lastIndexOf(MARKER);
  if (at < 0) throw new Error("it is no MaxMind DB file (.mmdb): the mark of its metadata is not there");
  const start = from + at + MARKER.length;
  const metadata = membersOf(new MmdbData(bytes, start).valueAt(start));
  const nodes = metadata.get("node_count");
  const recordBits = metadata.get("record_size");
  const version = metadata.get("binary_format_major_version");
  if (version !== 2 || typeof nodes !== "number" || (recordBits !== 24 && recordBits !== 28 && recordBits !== 32))
    throw new Error("it is a MaxMind DB file of another make; format 2 with records of 24, 28 or 32 bits is read");
  if ((nodes * recordBits) / 4 + 16 > at + from) throw new Error("it is cut off: its tree is longer than the file");
  return { nodes, recordBits, isIpv6: metadata.get("ip_version") === 6 };
}

/** What the record of an address says; undefined: nothing that helps. */
function placeOf(value: MmdbValue): Place | undefined {
  const record = membersOf(value);
  const location = membersOf(record.get("location"));
  const [latitude, longitude] = [location.get("latitude"), location.get("longitude")];
  const country = membersOf(record.get("country") ?? record.get("registered_country")).get("iso_code");
  if (typeof latitude !== "number" || typeof longitude !== "number") return undefined;
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined;
  const radius = location.get("accuracy_radius");
  const usual = record.has("city") ? CITY_AREA_KM : COUNTRY_AREA_KM;
  return {
    at: [latitude, longitude],
    country: typeof country === "string" ? country.toUpperCase() : "",
    areaKm: typeof radius === "number" && radius > 0 ? radius : usual,
  };
}

function membersOf(value: MmdbValue | undefined): ReadonlyMap<string, MmdbValue> {
  return value instanceof Map ? value : new Map();
}
