/**
 * The guard: what a request's head must be before anything is looked up. It sees names and values as the parser gave
 * them, case and order kept, and answers with a clean head or the reason why not. The same for HTTP/1, HTTP/2 and
 * Workers; the bytes of HTTP/1 (line ends, folding, chunks) are its parser's concern.
 */
import { normalAuthority } from "./authority.ts";
import type { FieldLine, RequestHead } from "./fields.ts";
import {
  type GuardedFields,
  guardFields,
  type Persistence,
  REQUEST_LIMITS,
  type RequestLimits,
  TOKEN,
  trimOptionalWhitespace,
} from "./guard-fields.ts";
import { type RefusalReason, type Refused, refused } from "./refusals.ts";

/** What comes before and beside the field lines. */
export interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** "1.0", "1.1", or "2.0" from an HTTP/2 adapter, which passes `:authority` apart. */
  readonly httpVersion: string;
  readonly authority?: string;
  /** HTTP/2 and Workers: more than the head is coming, whatever Content-Length says. */
  readonly streamOpen?: boolean;
}

/** A head as received: names in their case, values perhaps untrimmed. */
export interface RawRequestHead extends RequestLine {
  readonly fields: readonly FieldLine[];
}

/** What the listener is, and what its site allows. */
export interface GuardOptions {
  readonly scheme: "http" | "https";
  /** `http1` takes 1.0 and 1.1; `http2` has no Host duty and forbids the fields of a connection. */
  readonly protocol: "http1" | "http2";
  readonly maxBodyBytes: number;
  /** Sizes of a head; the start values when absent. */
  readonly limits?: RequestLimits;
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
  readonly persistence: Persistence;
}

const TARGET_FORBIDDEN = /[^\x21-\x7e]|[#\\]/;
const ABSOLUTE_FORM = /^(https?):\/\/([^/?]*)(.*)$/i;
/** In any case: methods are case-sensitive, but not every origin knows. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(["TRACE", "CONNECT", "PURGE"]);
const BODYLESS_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Accepts a head in normal form, or refuses it with a status and a reason. Never throws. */
export function guardRequest(raw: RawRequestHead, options: GuardOptions): Accepted | Refused {
  const problem = requestLineProblem(raw, options);
  if (problem !== undefined) return refused(problem);
  const fields = guardFields(raw.fields, options.protocol, options.limits);
  return typeof fields === "string" ? refused(fields) : judge(raw, fields, options);
}

/** The same for field lines that have been judged already. */
export function guardHead(line: RequestLine, fields: GuardedFields, options: GuardOptions): Accepted | Refused {
  const problem = requestLineProblem(line, options);
  return problem === undefined ? judge(line, fields, options) : refused(problem);
}

function judge(line: RequestLine, guarded: GuardedFields, options: GuardOptions): Accepted | Refused {
  const { headBytes } = options.limits ?? REQUEST_LIMITS;
  if (requestLineBytes(line) + guarded.bytes > headBytes) return refused("head-too-long");
  const framing = readFraming(line, guarded, options);
  if (typeof framing === "string") return refused(framing);
  const place = readPlace(line, guarded, options);
  if (typeof place === "string") return refused(place);
  const { expectations, fields, upgrade, persistence } = guarded;
  const expects = expectations.length > 0 && line.httpVersion !== "1.0";
  if (expects && !expectationHolds(expectations, framing.hasBody)) return refused("expectation");
  const { method } = line;
  return {
    kind: "accepted",
    head: { method, scheme: options.scheme, authority: place.authority, target: place.target, fields },
    hasBody: framing.hasBody,
    bodyBytes: framing.bodyBytes,
    expectsContinue: expects,
    closeAfterwards: upgrade,
    persistence,
  };
}

/** What is wrong with a request line, whatever follows it. */
export function requestLineProblem(line: RequestLine, options: GuardOptions): RefusalReason | undefined {
  const { method, target, httpVersion } = line;
  const limits = options.limits ?? REQUEST_LIMITS;
  if (target.length > limits.urlBytes) return "url-too-long";
  if (requestLineBytes(line) > limits.requestLineBytes) return "request-line-too-long";
  if (method !== "GET" && !TOKEN.test(method)) return "method-syntax";
  const known = options.protocol === "http1" ? httpVersion === "1.1" || httpVersion === "1.0" : httpVersion === "2.0";
  if (!known) return "version";
  return REFUSED_METHODS.has(method.toUpperCase()) ? "method-refused" : undefined;
}

/** Whether a target in origin form is one that the guard accepts, whatever the fields beside it. */
export function isGoodTarget(line: RequestLine, options: GuardOptions): boolean {
  const { target } = line;
  if (!target.startsWith("/") || requestLineProblem(line, options) !== undefined) return false;
  return targetCharacterProblem(target, options) === undefined;
}

/** Method, target and version with their two spaces and CR LF. */
function requestLineBytes({ method, target }: RequestLine): number {
  return method.length + target.length + "  HTTP/1.1\r\n".length;
}

interface Framing {
  readonly hasBody: boolean;
  readonly bodyBytes: number | undefined;
}

const NO_BODY: Framing = { hasBody: false, bodyBytes: undefined };

function readFraming(raw: RequestLine, fields: GuardedFields, options: GuardOptions): Framing | RefusalReason {
  const { lengths, codings } = fields;
  if (lengths.length === 0 && codings.length === 0 && raw.streamOpen !== true) return NO_BODY;
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

function codingProblem(raw: RequestLine, codings: readonly string[]): RefusalReason | undefined {
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
function readPlace(raw: RequestLine, fields: GuardedFields, options: GuardOptions): Place | RefusalReason {
  const problem = targetCharacterProblem(raw.target, options);
  if (problem !== undefined) return problem;
  const { hosts } = fields;
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
function readAbsoluteForm(raw: RequestLine, hostAuthority: string, options: GuardOptions): Place | RefusalReason {
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
  return expectation.length === 1 && expectation[0]?.toLowerCase() === "100-continue" && hasBody;
}
