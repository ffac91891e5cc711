/** Which clients learn from each other: keys of prefix, country, cell and network, all plain numbers. */
import type { Coordinates } from "../config/types.ts";
import { parseAddress } from "../net/address.ts";

/** Keys of IPv6 prefixes (/48) lie above those of IPv4 (/24). */
const IPV6_BASE = 2 ** 48;
/** Cells are about this wide: a metropolitan region. */
const CELL_KM = 300;
const DEGREE_KM = 111.2;
const CELL_DEGREES = CELL_KM / DEGREE_KM;
const CELLS_AROUND = 400;

/** The /24 or /48 of an address as a number below 2^49; undefined when the text is no address. */
export function prefixKeyOf(address: string): number | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const bytes = parsed.bytes.slice(0, parsed.family === 4 ? 3 : 6);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return parsed.family === 4 ? value : IPV6_BASE + value;
}

/** A two-letter country as a number; undefined for anything else. */
export function countryKeyOf(country: string | undefined): number | undefined {
  if (country === undefined || country === "") return undefined;
  let key = 0;
  // Names are taken as well as codes: whoever writes a scenario need not know ISO 3166.
  for (let index = 0; index < country.length && index < 40; index += 1) {
    key = (Math.imul(key, 31) + country.charCodeAt(index)) >>> 0;
  }
  return key;
}

/** The cell of a place: rows of equal latitude, cells of about equal width. */
export function cellKeyOf([latitude, longitude]: Coordinates): number {
  const row = Math.floor((latitude + 90) / CELL_DEGREES);
  const middle = ((row + 0.5) * CELL_DEGREES - 90) * (Math.PI / 180);
  const width = CELL_DEGREES / Math.max(0.05, Math.cos(middle));
  return row * CELLS_AROUND + Math.floor((longitude + 180) / width);
}
