/** A request as rules look at it: host, path, parameters and cookies, each taken apart at most once. */
import { combinedValue, fieldValues, type RequestHead } from "../http/fields.ts";
import { hostOf } from "./host-pattern.ts";

/** One request under the eyes of many rules. */
export class RequestView {
  readonly head: RequestHead;
  /** Path and query as received. */
  readonly host: string;
  readonly path: string;
  /** Whether the path of the request names another one: `/a/../b`, `/a/%2e%2e/b`, `/a/..%2fb`, `/a/..;/b`. */
  readonly isAmbiguous: boolean;
  readonly #query: string;
  #parameters: ReadonlyMap<string, string> | undefined;
  #cookies: ReadonlyMap<string, string> | undefined;

  constructor(head: RequestHead) {
    this.head = head;
    this.host = hostOf(head.authority);
    const mark = head.target.indexOf("?");
    const written = mark === -1 ? head.target : head.target.slice(0, mark);
    this.#query = mark === -1 ? "" : head.target.slice(mark + 1);
    const resolved = mayHaveDots(written) ? withoutDots(written) : undefined;
    this.isAmbiguous = resolved !== undefined;
    this.path = resolved ?? (written.includes("%") ? plainPath(written) : written);
  }

  /** The value of a header; lines of one name joined. `name` is in lower case. */
  header(name: string): string | undefined {
    return combinedValue(this.head.fields, name);
  }

  /** The value of a query parameter as it stands in the URL; undefined when it is absent. */
  parameter(name: string): string | undefined {
    this.#parameters ??= pairsOf(this.#query.split("&"));
    return this.#parameters.get(name);
  }

  /** The value of a cookie. */
  cookie(name: string): string | undefined {
    return this.#allCookies().get(name);
  }

  /** The names of all cookies. */
  cookieNames(): Iterable<string> {
    return this.#allCookies().keys();
  }

  #allCookies(): ReadonlyMap<string, string> {
    this.#cookies ??= pairsOf(fieldValues(this.head.fields, "cookie").flatMap((line) => line.split(";")));
    return this.#cookies;
  }
}

/** Name and value of each part; of several with one name the first counts. */
function pairsOf(parts: readonly string[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf("=");
    const name = (equals === -1 ? part : part.slice(0, equals)).trim();
    if (name !== "" && !pairs.has(name)) pairs.set(name, equals === -1 ? "" : part.slice(equals + 1).trim());
  }
  return pairs;
}

function mayHaveDots(path: string): boolean {
  return path.includes("/.") || path.includes("%") || path.includes("\\");
}

/**
 * Characters that need no encoding are the same with and without it (RFC 3986 §6.2.2.2): `/%61dmin` is `/admin` to
 * the origin, so it is to the rules.
 */
function plainPath(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return /[A-Za-z0-9\-._~]/.test(character) ? character : encoded.toUpperCase();
  });
}

/**
 * The path that an origin may understand when it resolves dot segments, also those behind encoded slashes; undefined
 * when there are none.
 */
function withoutDots(path: string): string | undefined {
  // Some servers decode twice: "%252f" is "%2f" to them, and then "/".
  const segments = plainPath(path.replace(/%(?:25)+/g, "%"))
    .replace(/%2F|%5C|\\/gi, "/")
    .split("/")
    // Servers of Java take path parameters off before they resolve dots: `/a/..;x/b` is `/b` to them.
    .map((segment) => (/^\.{1,2}(?:;|%3B)/i.test(segment) ? segment.replace(/(?:;|%3B).*/i, "") : segment));
  if (!segments.some((segment) => segment === "." || segment === "..")) return undefined;
  const kept: string[] = [];
  for (const segment of segments.slice(1)) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  return `/${kept.join("/")}`;
}
