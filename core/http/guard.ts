/**
 * The guard: what a request's head must be before anything is looked up. It sees names and values as the parser gave
 * them, case and order kept, and answers with a clean head or the reason why not. The same for HTTP/1, HTTP/2 and
 * Workers; the bytes of HTTP/1 (line ends, folding, chunks) are its parser's concern.
 */
import { normalAuthority } from "./authority.ts";
import { type FieldLine, type Fields, fieldValues, type RequestHead } from "./fields.ts";
import { type RefusalReason, type Refused, refused } from "./refusals.ts";

/** Sizes of a request's head. Each is counted as on an HTTP/1.1 wire, line ends included. */
export const REQUEST_LIMITS = {
  requestLineBytes: 8_192,
  urlBytes: 8_192,
  fieldLineBytes: 8_192,
  headBytes: 16_384,
  fields: 100,
} as const;

/** A head as received: names in their case, values perhaps untrimmed. */
export interface RawRequestHead {
  readonly method: string;
  readonly target: string;
  /** "1.0", "1.1", or "2.0" from an HTTP/2 adapter, which passes `:authority` apart. */
  readonly httpVersion: string;
  readonly fields: readonly FieldLine[];
  readonly authority?: string;
  /** HTTP/2 and Workers: more than the head is coming, whatever Content-Length says. */
  readonly streamOpen?: boolean;
}

/** What the listener is, and what its site allows. */
export interface GuardOptions {
  readonly scheme: "http" | "https";
  /** `http1` takes 1.0 and 1.1; `http2` has no Host duty and forbids the fields of a connection. */
  readonly protocol: "http1" | "http2";
  readonly maxBodyBytes: number;
  /** `pass` for sites whose query strings carry %0D%0A; NUL, and either in the path, are refused always. */
  readonly encodedLineBreaksInQuery?: "refuse" | "pass";
}

/** A head that may be worked with. */
export interface Accepted {
  readonly kind: "accepted";
  readonly head: RequestHead;
  readonly hasBody: boolean;
  /** The declared length; undefined when chunked (or HTTP/2 without one) or when there is no body. */
  readonly bodyBytes: number | undefined;
  readonly expectsContinue: boolean;
  /** Upgrade was asked for and ignored: what follows on the connection may not be HTTP (FAULTS F31). */
  readonly closeAfterwards: boolean;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const TARGET_FORBIDDEN = /[^\x21-\x7e]|[#\\]/;
const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/i;
const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT", "PURGE"]);
const BODYLESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
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

/** Accepts a head in normal form, or refuses it with a status and a reason. Never throws. */
export function guardRequest(raw: RawRequestHead, options: GuardOptions): Accepted | Refused {
  const line = requestLineProblem(raw, options);
  if (line !== undefined) return refused(line);
  const fields = cleanFields(raw, options.protocol);
  if (typeof fields === "string") return refused(fields);
  const framing = readFraming(raw, fields, options);
  if (typeof framing === "string") return refused(framing);
  const place = readPlace(raw, fields, options);
  if (typeof place === "string") return refused(place);
  const expectation = fieldValues(fields, "expect");
  if (raw.httpVersion !== "1.0" && !expectationHolds(expectation, framing.hasBody)) return refused("expectation");
  return {
    kind: "accepted",
    head: { method: raw.method, scheme: options.scheme, ...place, fields },
    ...framing,
    expectsContinue: expectation.length > 0 && raw.httpVersion !== "1.0",
    closeAfterwards: fields.some(([name]) => name === "upgrade"),
  };
}

function requestLineProblem(raw: RawRequestHead, options: GuardOptions): RefusalReason | undefined {
  if (raw.target.length > REQUEST_LIMITS.urlBytes) return "url-too-long";
  if (requestLineBytes(raw) > REQUEST_LIMITS.requestLineBytes) return "request-line-too-long";
  if (!TOKEN.test(raw.method)) return "method-syntax";
  const versions = options.protocol === "http1" ? ["1.1", "1.0"] : ["2.0"];
  if (!versions.includes(raw.httpVersion)) return "version";
  return REFUSED_METHODS.has(raw.method) ? "method-refused" : undefined;
}

/** Method, target and version with their two spaces and CR LF. */
function requestLineBytes(raw: RawRequestHead): number {
  return raw.method.length + raw.target.length + "  HTTP/1.1\r\n".length;
}

/** Lower-case names, trimmed values; or what is wrong with one of them. */
function cleanFields(raw: RawRequestHead, protocol: GuardOptions["protocol"]): Fields | RefusalReason {
  if (raw.fields.length > REQUEST_LIMITS.fields) return "too-many-fields";
  const clean: FieldLine[] = [];
  let headBytes = requestLineBytes(raw) + "\r\n".length;
  for (const [rawName, rawValue] of raw.fields) {
    const lineBytes = rawName.length + rawValue.length + ": \r\n".length;
    headBytes += lineBytes;
    if (lineBytes > REQUEST_LIMITS.fieldLineBytes) return "field-line-too-long";
    if (!TOKEN.test(rawName)) return "field-name";
    if (VALUE_FORBIDDEN.test(rawValue)) return "field-value";
    const name = rawName.toLowerCase();
    const value = trimOptionalWhitespace(rawValue);
    if (name.includes("_") && LOOKALIKE_TARGETS.has(name.replaceAll("_", "-"))) return "field-name-lookalike";
    if (protocol === "http2" && !allowedInHttp2(rawName, name, value)) return "connection-field";
    clean.push([name, value]);
  }
  return headBytes > REQUEST_LIMITS.headBytes ? "head-too-long" : clean;
}

/** OWS is space and tab only; `trim()` would take U+00A0 too and make `\xa0chunked` equal to `chunked`. */
function trimOptionalWhitespace(value: string): string {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  return first === 32 || first === 9 || last === 32 || last === 9 ? value.replace(/^[ \t]+|[ \t]+$/g, "") : value;
}

function allowedInHttp2(rawName: string, name: string, value: string): boolean {
  return rawName === name && !CONNECTION_FIELDS.has(name) && (name !== "te" || value.toLowerCase() === "trailers");
}

interface Framing {
  readonly hasBody: boolean;
  readonly bodyBytes: number | undefined;
}

function readFraming(raw: RawRequestHead, fields: Fields, options: GuardOptions): Framing | RefusalReason {
  const lengths = fieldValues(fields, "content-length");
  const codings = fieldValues(fields, "transfer-encoding");
  if (lengths.length > 0 && codings.length > 0) return "length-and-coding";
  const chunked = codings.length > 0;
  const coding = chunked ? codingProblem(raw, codings) : undefined;
  if (coding !== undefined) return coding;
  const bodyBytes = readLength(lengths);
  if (typeof bodyBytes === "string") return bodyBytes;
  const hasBody = chunked || (bodyBytes ?? 0) > 0 || (raw.streamOpen === true && bodyBytes === undefined);
  if (hasBody && BODYLESS_METHODS.has(raw.method)) return "body-not-allowed";
  if ((bodyBytes ?? 0) > options.maxBodyBytes) return "body-too-large";
  return { hasBody, bodyBytes: hasBody ? bodyBytes : undefined };
}

function codingProblem(raw: RawRequestHead, codings: readonly string[]): RefusalReason | undefined {
  if (codings.length > 1) return "coding-repeated";
  if (raw.httpVersion === "1.0") return "coding-version";
  const coding = (codings[0] ?? "").toLowerCase();
  if (coding === "chunked") return undefined;
  const list = coding.split(",").map((member) => trimOptionalWhitespace(member));
  const before = list.slice(0, -1);
  const otherCodings = before.length > 0 && before.every((member) => TOKEN.test(member) && member !== "chunked");
  return list.at(-1) === "chunked" && otherCodings ? "coding-unknown" : "coding-syntax";
}

function readLength(lengths: readonly string[]): number | undefined | RefusalReason {
  const [length] = lengths;
  if (length === undefined) return undefined;
  if (lengths.length > 1) return "length-repeated";
  if (/^\d+(?:[ \t]*,[ \t]*\d+)+$/.test(length)) return "length-repeated";
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(length)) return "length-syntax";
  const bytes = Number(length);
  return Number.isSafeInteger(bytes) ? bytes : "length-syntax";
}

interface Place {
  readonly authority: string;
  readonly target: string;
}

/** Where the request goes: from the target and Host, never through a URL parser (FAULTS section 0.2). */
function readPlace(raw: RawRequestHead, fields: Fields, options: GuardOptions): Place | RefusalReason {
  const problem = targetCharacterProblem(raw.target, options);
  if (problem !== undefined) return problem;
  const hosts = fieldValues(fields, "host");
  if (hosts.length > 1) return "host-repeated";
  const host = hosts[0] ?? raw.authority;
  if (host === undefined) return "host-missing";
  const authority = normalAuthority(host, options.scheme);
  if (authority === undefined) return "host-syntax";
  if (raw.authority !== undefined && normalAuthority(raw.authority, options.scheme) !== authority) {
    return "host-mismatch";
  }
  if (raw.target.startsWith("/")) return { authority, target: raw.target };
  if (raw.target === "*") return raw.method === "OPTIONS" ? { authority, target: "*" } : "target-form";
  return options.protocol === "http1" ? readAbsoluteForm(raw, authority, options) : "target-form";
}

function targetCharacterProblem(target: string, options: GuardOptions): RefusalReason | undefined {
  if (TARGET_FORBIDDEN.test(target)) return "target-character";
  if (!target.includes("%0")) return undefined;
  if (/%00/.test(target)) return "target-encoded-control";
  const checked = options.encodedLineBreaksInQuery === "pass" ? (target.split("?", 1)[0] ?? "") : target;
  return /%0[ad]/i.test(checked) ? "target-encoded-control" : undefined;
}

/** RFC 9112 §3.2.2: the target's authority counts; one that differs from Host is an attack or a broken client. */
function readAbsoluteForm(raw: RawRequestHead, hostAuthority: string, options: GuardOptions): Place | RefusalReason {
  const match = ABSOLUTE_FORM.exec(raw.target);
  if (match === null) return "target-form";
  const [, scheme = "", targetAuthority = "", rest = ""] = match;
  if (scheme.toLowerCase() !== options.scheme) return "target-scheme";
  const authority = normalAuthority(targetAuthority, options.scheme);
  if (authority === undefined) return "host-syntax";
  if (authority !== hostAuthority) return "host-mismatch";
  if (rest === "") return { authority, target: raw.method === "OPTIONS" ? "*" : "/" };
  return { authority, target: rest.startsWith("/") ? rest : `/${rest}` };
}

/** RFC 9110 §10.1.1: only 100-continue is known, and only a request with a body may expect it. */
function expectationHolds(expectation: readonly string[], hasBody: boolean): boolean {
  if (expectation.length === 0) return true;
  return expectation.length === 1 && expectation[0]?.toLowerCase() === "100-continue" && hasBody;
}
