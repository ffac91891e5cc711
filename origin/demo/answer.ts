/** Answers a GET or HEAD for one resource: encoding, conditionals (RFC 9110 §13) and one range (§14). */
import type { IncomingHttpHeaders } from "node:http";
import { EDITION_MS, type Representation, type Resource } from "./resource.ts";

/** The head and the bytes to send. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Iterable<Buffer>;
}

/** What of a request the answer depends on. */
export interface Question {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

const LAST_MODIFIED = new Date(EDITION_MS).toUTCString();

/** The answer for a resource; `body` is empty where HTTP wants none. */
export function answerResource(resource: Resource, question: Question): Answer {
  const gzip = resource.gzip !== undefined && acceptsGzip(question.headers["accept-encoding"]);
  const chosen = gzip && resource.gzip !== undefined ? resource.gzip : resource.identity;
  const headers: Record<string, string> = {
    "Content-Type": resource.contentType,
    "Cache-Control": resource.cacheControl,
    ...(resource.gzip === undefined ? {} : { Vary: "Accept-Encoding" }),
    ...(gzip ? { "Content-Encoding": "gzip" } : {}),
  };
  if (resource.status !== 200) return whole(resource.status, headers, chosen, question);
  const validated = { ...headers, ETag: chosen.etag, "Last-Modified": LAST_MODIFIED, "Accept-Ranges": "bytes" };
  if (preconditionFailed(chosen, question.headers)) return bodiless(412, validated);
  if (notModified(chosen, question.headers)) return bodiless(304, validated);
  return ranged(validated, chosen, question) ?? whole(200, validated, chosen, question);
}

function whole(status: number, headers: Record<string, string>, chosen: Representation, question: Question): Answer {
  const body = question.method === "HEAD" ? [] : chosen.read(0, chosen.bytes - 1);
  return { status, headers: { ...headers, "Content-Length": String(chosen.bytes) }, body };
}

function bodiless(status: 304 | 412, headers: Record<string, string>): Answer {
  const { "Content-Type": _type, "Content-Encoding": _encoding, ...kept } = headers;
  return { status, headers: status === 304 ? kept : { ...kept, "Content-Length": "0" }, body: [] };
}

/** Only GET has ranges (RFC 9110 §14.2). More than one range, or one that is not understood, means the whole. */
function ranged(headers: Record<string, string>, chosen: Representation, question: Question): Answer | undefined {
  const range = question.headers.range;
  if (question.method !== "GET" || range === undefined) return undefined;
  const condition = question.headers["if-range"];
  if (typeof condition === "string" && condition !== chosen.etag && condition !== LAST_MODIFIED) return undefined;
  const span = parseRange(range, chosen.bytes);
  if (span === undefined) return undefined;
  if (span === "unsatisfiable") {
    const { "Content-Type": _type, "Content-Encoding": _encoding, ...kept } = headers;
    return {
      status: 416,
      headers: { ...kept, "Content-Range": `bytes */${chosen.bytes}`, "Content-Length": "0" },
      body: [],
    };
  }
  return {
    status: 206,
    headers: {
      ...headers,
      "Content-Range": `bytes ${span.first}-${span.last}/${chosen.bytes}`,
      "Content-Length": String(span.last - span.first + 1),
    },
    body: chosen.read(span.first, span.last),
  };
}

/** One range of a Range field; undefined when it is to be ignored. */
export function parseRange(
  value: string,
  bytes: number,
): { readonly first: number; readonly last: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(value.trim());
  if (match === null) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const suffixBytes = Number(to);
    return suffixBytes === 0 || bytes === 0
      ? "unsatisfiable"
      : { first: Math.max(0, bytes - suffixBytes), last: bytes - 1 };
  }
  const first = Number(from);
  const last = to === "" ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (to !== "" && Number(to) < first) return undefined;
  return first >= bytes ? "unsatisfiable" : { first, last };
}

function preconditionFailed(chosen: Representation, headers: IncomingHttpHeaders): boolean {
  const match = headers["if-match"];
  if (match !== undefined) return !listsTag(match, chosen.etag, "strong");
  const sinceMs = dateMs(headers["if-unmodified-since"]);
  return sinceMs !== undefined && EDITION_MS > sinceMs;
}

function notModified(chosen: Representation, headers: IncomingHttpHeaders): boolean {
  const noneMatch = headers["if-none-match"];
  if (noneMatch !== undefined) return listsTag(noneMatch, chosen.etag, "weak");
  const sinceMs = dateMs(headers["if-modified-since"]);
  return sinceMs !== undefined && EDITION_MS <= sinceMs;
}

function listsTag(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  return list.split(",").some((member) => {
    const tag = member.trim();
    return tag === etag || (comparison === "weak" && tag === `W/${etag}`);
  });
}

function dateMs(value: string | undefined): number | undefined {
  const parsed = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** RFC 9110 §12.5.3, as far as gzip goes: named (or `*`) and not with a weight of zero. */
function acceptsGzip(value: string | string[] | undefined): boolean {
  const codings = String(value ?? "")
    .toLowerCase()
    .split(",");
  const weights = new Map(
    codings.map((coding) => {
      const [name = "", ...parameters] = coding.split(";").map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="));
      return [name, weight === undefined ? 1 : Number(weight.slice(2))];
    }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}
