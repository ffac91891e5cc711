/**
 * The part of the guard that looks at field lines alone. It depends on nothing but them, so that a listener may
 * remember its verdict for blocks of lines that come again and again, as browsers send them.
 */
import type { FieldLine, Fields } from "./fields.ts";
import type { RefusalReason } from "./refusals.ts";

/** Sizes of a request's head. Each is counted as on an HTTP/1.1 wire, line ends included. */
export const REQUEST_LIMITS = {
  requestLineBytes: 8_192,
  urlBytes: 8_192,
  fieldLineBytes: 8_192,
  headBytes: 16_384,
  fields: 100,
} as const;

/** Each of them may be set. */
export type RequestLimits = { readonly [Name in keyof typeof REQUEST_LIMITS]: number };

/** Clean lines, and those of them that the rest of the guard asks for. */
export interface GuardedFields {
  readonly fields: Fields;
  /** As on the wire, with the empty line that ends them. */
  readonly bytes: number;
  readonly lengths: readonly string[];
  readonly codings: readonly string[];
  readonly hosts: readonly string[];
  readonly expectations: readonly string[];
  readonly upgrade: boolean;
  /** What Connection says about the connection itself (RFC 9112 §9.3). */
  readonly persistence: Persistence;
}

/** `default`: what the version says. */
export type Persistence = "close" | "keep-alive" | "default";

/** A token of RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
/** Names that an underscore must not spell: CGI and WSGI origins read both as one (FAULTS F07). */
const LOOKALIKE_TARGETS: ReadonlySet<string> = new Set(
  (
    "authorization cdn-loop connection content-encoding content-length content-type cookie expect forwarded host te " +
    "trailer transfer-encoding upgrade via x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto x-real-ip"
  ).split(" "),
);
/** RFC 9113 §8.2.2. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(
  "connection keep-alive proxy-connection transfer-encoding upgrade".split(" "),
);
const NONE: readonly string[] = [];

/** Lower-case names, trimmed values; or what is wrong with one of them. */
export function guardFields(
  raw: readonly FieldLine[],
  protocol: "http1" | "http2",
  limits: RequestLimits = REQUEST_LIMITS,
): GuardedFields | RefusalReason {
  if (raw.length > limits.fields) return "too-many-fields";
  const fields: FieldLine[] = [];
  const special = new Map<string, string[]>();
  let bytes = "\r\n".length;
  for (const [rawName, rawValue] of raw) {
    const lineBytes = rawName.length + rawValue.length + ": \r\n".length;
    bytes += lineBytes;
    if (lineBytes > limits.fieldLineBytes) return "field-line-too-long";
    if (!TOKEN.test(rawName)) return "field-name";
    if (VALUE_FORBIDDEN.test(rawValue)) return "field-value";
    const name = rawName.toLowerCase();
    const value = trimOptionalWhitespace(rawValue);
    if (name.includes("_") && LOOKALIKE_TARGETS.has(name.replaceAll("_", "-"))) return "field-name-lookalike";
    if (protocol === "http2" && !allowedInHttp2(rawName, name, value)) return "connection-field";
    fields.push([name, value]);
    if (SPECIAL.has(name)) append(special, name, value);
  }
  return bytes > limits.headBytes ? "head-too-long" : guarded(fields, bytes, special);
}

/** The fields that frame, address or end a request. */
const SPECIAL: ReadonlySet<string> = new Set(
  "connection content-length expect host transfer-encoding upgrade".split(" "),
);

function append(map: Map<string, string[]>, name: string, value: string): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}

function guarded(fields: Fields, bytes: number, special: ReadonlyMap<string, readonly string[]>): GuardedFields {
  return {
    fields,
    bytes,
    lengths: special.get("content-length") ?? NONE,
    codings: special.get("transfer-encoding") ?? NONE,
    hosts: special.get("host") ?? NONE,
    expectations: special.get("expect") ?? NONE,
    upgrade: special.has("upgrade"),
    persistence: persistenceOf(special.get("connection") ?? NONE),
  };
}

/** `close` wins over `keep-alive` (RFC 9112 §9.3). */
function persistenceOf(values: readonly string[]): Persistence {
  const options = values.flatMap((value) => value.toLowerCase().split(",").map(trimOptionalWhitespace));
  if (options.includes("close")) return "close";
  return options.includes("keep-alive") ? "keep-alive" : "default";
}

/** OWS is space and tab only; `trim()` would take U+00A0 too and make `\xa0chunked` equal to `chunked`. */
export function trimOptionalWhitespace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isOptionalWhitespace(value.charCodeAt(start))) start += 1;
  while (end > start && isOptionalWhitespace(value.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isOptionalWhitespace(code: number): boolean {
  return code === 32 || code === 9;
}

function allowedInHttp2(rawName: string, name: string, value: string): boolean {
  return rawName === name && !CONNECTION_FIELDS.has(name) && (name !== "te" || value.toLowerCase() === "trailers");
}
