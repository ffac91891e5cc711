/** The site of a key as a number of 24 bits, small enough to be kept with each entry of a store. */
import { hashOf } from "./admission/hash.ts";

const NUMBER_MASK = 0xff_ffff;
/** Before the key of the whole in that of a slice. */
const SLICE = /^slice \d+ of \d+ /;

/** The number of a site's name, from 1 on. Two sites may have the same one, and then share what they are promised. */
export function siteNumber(site: string): number {
  return hashOf(site, 0) & NUMBER_MASK || 1;
}

/** The number of the site that a key (`keyId`, `sliceKey`) is of; 0: it is none of these keys. */
export function siteNumberOfKey(key: string): number {
  const at = key.startsWith("slice ") ? (SLICE.exec(key)?.[0].length ?? 0) : 0;
  const colon = key.indexOf(":", at);
  const length = colon === -1 ? Number.NaN : Number(key.slice(at, colon));
  return length >= 0 && colon > at ? siteNumber(key.slice(colon + 1, colon + 1 + length)) : 0;
}

/** Shares by the names of sites as shares by their numbers. */
export function sharesByNumber(shares: ReadonlyMap<string, number>): ReadonlyMap<number, number> {
  const byNumber = new Map<number, number>();
  for (const [site, percent] of shares) {
    if (percent > 0) byNumber.set(siteNumber(site), (byNumber.get(siteNumber(site)) ?? 0) + percent);
  }
  return byNumber;
}
