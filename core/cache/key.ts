/** The cache key: a tuple that can be shown part by part, and its one-string form that cannot collide. */
import { combinedValue, type Fields, fieldValue, fieldValues, type RequestHead } from "../http/fields.ts";

/** The parts of a key, in order. */
export interface CacheKey {
  readonly site: string;
  readonly scheme: "http" | "https";
  readonly authority: string;
  /** The key rules in force, as canonical text: with other rules, old entries are not found. */
  readonly keyRules: string;
  /** Chosen headers, cookies and the device class, each as name and value; absent is not empty. */
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
}

/** The key of a request for a site. Its target is what the site's query rules left of it. */
export function cacheKey(site: string, request: RequestHead, choice: KeyChoice): CacheKey {
  const chosen: (readonly [string, string | undefined])[] = [];
  for (const name of choice.keyHeaders) chosen.push([name, combinedValue(request.fields, name)]);
  for (const name of choice.keyCookies) chosen.push([`cookie ${name}`, cookieValue(request.fields, name)]);
  if (choice.keyDeviceClass) chosen.push(["device class", deviceClass(request.fields)]);
  const { scheme, authority, target } = request;
  return { site, scheme, authority, keyRules: choice.keyRules, chosen, target };
}

/** Whether requests for one target have different keys by their fields, so that nobody can enumerate them. */
export function hasChosenParts(choice: KeyChoice): boolean {
  return choice.keyHeaders.length > 0 || choice.keyCookies.length > 0 || choice.keyDeviceClass;
}

/** One string for a map. Every part but the last carries its length, so no two different tuples give the same string. */
export function keyId(key: CacheKey): string {
  let id = sized(key.site) + sized(key.scheme) + sized(key.authority) + sized(key.keyRules);
  for (const [name, value] of key.chosen) id += sized(name) + (value === undefined ? "-" : sized(value));
  return id + key.target;
}

function sized(part: string): string {
  return `${part.length}:${part}`;
}

/** The value of one cookie, the first if it is sent twice. */
function cookieValue(fields: Fields, name: string): string | undefined {
  for (const line of fieldValues(fields, "cookie")) {
    for (const pair of line.split(";")) {
      const equals = pair.indexOf("=");
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}

/** Three classes by User-Agent and client hints: enough to keep phone pages from desktops. */
export function deviceClass(fields: Fields): "mobile" | "tablet" | "desktop" {
  if (fieldValue(fields, "sec-ch-ua-mobile") === "?1") return "mobile";
  const agent = fieldValue(fields, "user-agent") ?? "";
  if (/ipad|tablet|android(?!.*mobile)/i.test(agent)) return "tablet";
  return /mobi|iphone|ipod|android/i.test(agent) ? "mobile" : "desktop";
}
