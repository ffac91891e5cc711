/** What may be shown of a request: secrets in queries are hidden, addresses cut, lengths bounded. */
import { firstOf, formatAddress, parseAddress } from "../net/address.ts";

/** How much of a client's address is shown. */
export type AddressShown = "cut" | "full" | "none";

/** What logs and spans hide. */
export interface Redaction {
  /** Names of query parameters whose values are hidden, in lower case. */
  readonly queryNames: ReadonlySet<string>;
  readonly address: AddressShown;
}

/** Names that carry secrets in the APIs that are most in use. */
export const SECRET_QUERY_NAMES: readonly string[] = [
  ...["access_token", "api_key", "apikey", "api-key", "auth", "authorization", "client_secret", "code", "credential"],
  ...["id_token", "jwt", "key", "passwd", "password", "pwd", "refresh_token", "secret", "session", "sessionid"],
  ...["sig", "signature", "token", "x-amz-credential", "x-amz-security-token", "x-amz-signature"],
  ...["x-goog-credential", "x-goog-signature"],
];

/** The default. */
export const DEFAULT_REDACTION: Redaction = { queryNames: new Set(SECRET_QUERY_NAMES), address: "cut" };

/** Texts that need no escape in JSON, nor in the combined format: most of them. */
export const HARMLESS: RegExp = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Stands in the place of what is hidden. */
export const HIDDEN = "[hidden]";

/** Longer texts of clients are cut, and end in this. */
const SHOWN_MAX = 2_048;
const CUT = "…";
/** What is left of an address: a /24, a /48. */
const SHOWN_BITS = { 4: 24, 6: 48 } as const;

/** A request target, or the URL of a Referer, without the values of secret parameters. */
export function shownTarget(target: string, { queryNames }: Redaction): string {
  const start = target.indexOf("?");
  if (start === -1 || queryNames.size === 0) return shownText(target);
  // Only what will be shown is looked at, and a value that is cut is still a value.
  const query = target.slice(start + 1, start + 1 + SHOWN_MAX);
  const hidden = query.split(/([&;#])/).map((part) => hideValue(part, queryNames));
  const whole = start + 1 + SHOWN_MAX >= target.length;
  return shownText(`${target.slice(0, start + 1)}${hidden.join("")}${whole ? "" : CUT}`);
}

/** A text of a client's, of bounded length. */
export function shownText(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}${CUT}`;
}

/** An address as logs show it; cut, it is the network it lies in. Undefined when it is not to be shown. */
export function shownAddress(address: string, { address: shown }: Redaction): string | undefined {
  if (shown === "full") return address;
  const parsed = shown === "none" ? undefined : parseAddress(address);
  if (parsed === undefined) return undefined;
  return formatAddress(firstOf(parsed, SHOWN_BITS[parsed.family]));
}

/** Addresses whose shown form is remembered: those of clients that ask often. */
const REMEMBERED_ADDRESSES_MAX = 1_024;

/** Applies one redaction to many records. */
export class Redactor {
  readonly #redaction: Redaction;
  readonly #addresses = new Map<string, string | undefined>();

  constructor(redaction: Redaction) {
    this.#redaction = redaction;
  }

  target(target: string): string {
    return shownTarget(target, this.#redaction);
  }

  address(address: string): string | undefined {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const shown = shownAddress(address, this.#redaction);
    if (this.#addresses.size >= REMEMBERED_ADDRESSES_MAX) this.#addresses.clear();
    this.#addresses.set(address, shown);
    return shown;
  }
}

function hideValue(part: string, names: ReadonlySet<string>): string {
  const equals = part.indexOf("=");
  if (equals === -1) return part;
  return names.has(nameOf(part.slice(0, equals))) ? `${part.slice(0, equals)}=${HIDDEN}` : part;
}

/** As an application would read it: decoded, without brackets, in any case. */
function nameOf(raw: string): string {
  const spaced = raw.replaceAll("+", " ");
  return decoded(spaced)
    .toLowerCase()
    .replace(/\[[^\]]*\]$/, "")
    .trim();
}

function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // One bad escape must not hide the name: what can be decoded is.
    return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
}
