/** The cache key: a tuple that can be shown part by part, and its one-string form that cannot collide. */
import { combinedValue, type Fields, fieldValues, type RequestHead } from "../http/fields.ts";
import { UNKNOWN_COUNTRY } from "../net/country.ts";
import { deviceClass } from "./device-class.ts";

/** The parts of a key, in order. */
export interface CacheKey {
  readonly site: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** A hash of the key rules in force: with other rules, old entries are not found. */
  readonly keyRules: string;
  /** Chosen headers, cookies, the device class, the country, each as name and value; absent is not empty. */
  readonly chosen: readonly (readonly [name: string, value: string | undefined])[];
  /** Path and query, exact bytes: nothing is decoded. */
  readonly target: string;
}

/** What of a site's rules makes the key. */
export interface KeyChoice {
  readonly keyRules: string;
  readonly keyHeaders: readonly string[];
  readonly keyCookies: readonly string[];
  readonly keyDeviceClass: boolean;
  readonly keyCountry: boolean;
}

/** The key of a request for a site. Its target is what the site's query rules left of it. */
export function cacheKey(
  site: string,
  request: RequestHead,
  choice: KeyChoice,
  country: string = UNKNOWN_COUNTRY,
): CacheKey {
  const chosen: (readonly [string, string | undefined])[] = [];
  for (const name of choice.keyHeaders) chosen.push([name, combinedValue(request.fields, name)]);
  for (const name of choice.keyCookies) chosen.push([`cookie ${name}`, cookieValues(request.fields, name)]);
  if (choice.keyDeviceClass) chosen.push(["device class", deviceClass(request.fields)]);
  if (choice.keyCountry) chosen.push(["client country", country]);
  const { scheme, authority, target } = request;
  return { site, scheme, authority, keyRules: choice.keyRules, chosen, target };
}

/** Whether requests for one target have different keys by their fields, so that nobody can enumerate them. */
export function hasChosenParts(choice: KeyChoice): boolean {
  const { keyHeaders, keyCookies, keyDeviceClass, keyCountry } = choice;
  return keyHeaders.length > 0 || keyCookies.length > 0 || keyDeviceClass || keyCountry;
}

/** One string for a map. Every part but the last carries its length, so no two different tuples give the same string. */
export function keyId(key: CacheKey): string {
  let id = placeId(key);
  for (const [name, value] of key.chosen) id += sized(name) + (value === undefined ? "-" : sized(value));
  return id + key.target;
}

let lastPlace = { site: "", scheme: "", authority: "", keyRules: "", id: "0:0:0:0:" };

/** The parts that many requests in a row have in common. */
function placeId({ site, scheme, authority, keyRules }: CacheKey): string {
  const last = lastPlace;
  if (last.authority !== authority || last.keyRules !== keyRules || last.site !== site || last.scheme !== scheme) {
    const id = sized(site) + sized(scheme) + sized(authority) + sized(keyRules);
    lastPlace = { site, scheme, authority, keyRules, id };
  }
  return lastPlace.id;
}

/** One part of a key as its owner sees it. `value` is undefined where the request has none. */
export interface KeyPart {
  readonly part: string;
  readonly value: string | undefined;
}

/** Every part of a key with its name, in order: all that tells one stored response from another, but for variants. */
export function keyParts(key: CacheKey): readonly KeyPart[] {
  const mark = key.target.indexOf("?");
  const path = mark === -1 ? key.target : key.target.slice(0, mark);
  const query = mark === -1 ? undefined : key.target.slice(mark + 1);
  return [
    { part: "site", value: key.site },
    { part: "scheme", value: key.scheme },
    { part: "host", value: key.authority },
    { part: "path", value: path },
    { part: "query", value: query },
    ...key.chosen.map(([part, value]) => ({ part: isSpoken(part) ? part : `header ${part}`, value })),
    { part: "key rules", value: key.keyRules },
  ];
}

/** Names of headers have no spaces; those of the other parts have one. */
function isSpoken(part: string): boolean {
  return part.includes(" ");
}

function sized(part: string): string {
  return `${part.length}:${part}`;
}

/**
 * All values of a cookie, in order. Which of two an origin reads is its own affair, and old ones split at commas or look
 * into quoted text as well: so whatever could be read as this cookie counts, and nobody has another's key with it.
 */
function cookieValues(fields: Fields, name: string): string | undefined {
  let values: string | undefined;
  for (const line of fieldValues(fields, "cookie")) {
    for (let at = line.indexOf(name); at !== -1; at = line.indexOf(name, at + 1)) {
      if (at > 0 && TOKEN.test(line.charAt(at - 1))) continue;
      const rest = line.slice(at + name.length).trimStart();
      if (!rest.startsWith("=")) continue;
      const value = (rest.slice(1).split(";", 1)[0] ?? "").trim();
      values = values === undefined ? value : `${values};${value}`;
    }
  }
  return values;
}

/** A character that can stand in a cookie's name. */
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/;
