/** Answers made from a stored response: 200, 206, 304, 416, and their fields (RFC 9111 §4, RFC 9110 §14). */
import { ageSeconds } from "../core/cache/freshness.ts";
import type { Outcome } from "../core/cache/outcome.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Account } from "../core/http/cache-status.ts";
import { ifRangeHolds } from "../core/http/conditional.ts";
import { type FieldLine, type Fields, fieldValue, hasField, withField, withoutFields } from "../core/http/fields.ts";
import { contentRange, evaluateRange, spanBytes } from "../core/http/range.ts";
import type { ByteSpan, Reply } from "../core/ports.ts";
import { answer, type Exchange } from "./exchange.ts";

/** Fields that describe content a 304 does not have (RFC 9110 §15.4.5). */
const NOT_IN_304: ReadonlySet<string> = new Set([
  "content-length",
  "content-type",
  "content-encoding",
  "content-range",
]);

/** Consumed by the cache nearest to the user, or meant for surrogates only. */
export const NOT_FOR_CLIENTS: ReadonlySet<string> = new Set(["surrogate-control", "surrogate-key", "cache-tag"]);

/** Statuses whose answers have no body and no Content-Length. */
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Answers from a complete stored response. */
export function answerStored<B>(
  exchange: Exchange<B>,
  stored: StoredResponse<B>,
  options: { readonly notModified: boolean; readonly account: Account },
  nowMs = exchange.edge.clock.nowMs(),
): Reply<B> {
  const age = ageSeconds(stored.freshness, stored.responseAtMs, nowMs);
  const account = { ...options.account, ttlSeconds: stored.freshness.lifetimeSeconds - age };
  const fields = storedFields(stored.head.fields, age);
  if (options.notModified) return answerNotModified(exchange, fields, account);
  if (stored.head.status === 200 && exchange.request.method === "GET") {
    const ranged = answerRange(exchange, stored, fields, account);
    if (ranged !== undefined) return ranged;
  }
  return answerWhole(exchange, stored, fields, account);
}

/** Stored fields that answers get anew, or not at all. */
const NOT_AS_STORED: ReadonlySet<string> = new Set([...NOT_FOR_CLIENTS, "age", "content-length"]);

/** What a client sees of the stored fields, with Age; one pass, since every hit takes it. */
export function storedFields(stored: Fields, age: number): Fields {
  const fields: FieldLine[] = [];
  for (const line of stored) if (!NOT_AS_STORED.has(line[0])) fields.push(line);
  fields.push(["age", `${Math.floor(age)}`]);
  return fields;
}

/** A 304 with the fields of the stored response. */
export function answerNotModified<B>(exchange: Exchange<B>, fields: Fields, account: Account): Reply<B> {
  const refined: Account = account.outcome === "hit" ? { ...account, outcome: "hit-not-modified" } : account;
  return answer(exchange, { status: 304, fields: withoutFields(fields, NOT_IN_304), body: undefined }, refined);
}

function answerWhole<B>(exchange: Exchange<B>, stored: StoredResponse<B>, fields: Fields, account: Account): Reply<B> {
  const { status } = stored.head;
  if (BODILESS.has(status)) return answer(exchange, { status, fields, body: undefined }, account);
  const body = exchange.request.method === "HEAD" ? undefined : stored.body.open();
  return answer(exchange, { status, fields: [...fields, ["content-length", `${stored.body.bytes}`]], body }, account);
}

function answerRange<B>(
  exchange: Exchange<B>,
  stored: StoredResponse<B>,
  fields: Fields,
  account: Account,
): Reply<B> | undefined {
  const { request, edge } = exchange;
  const bytes = stored.body.bytes;
  const range = fieldValue(request.fields, "range");
  if (range === undefined || !ifRangeHolds(request.fields, stored.head.fields, edge.clock.nowMs())) return undefined;
  const verdict = evaluateRange(range, bytes, edge.limits.rangesPerRequestMax);
  if (verdict.kind === "whole") return undefined;
  if (verdict.kind === "unsatisfiable") {
    return answerUnsatisfiable(exchange, fields, bytes, refined(account, "hit-range-unsatisfiable"));
  }
  const whole = { bytes, open: (span: ByteSpan) => stored.body.open(span) };
  return answerSpans(exchange, whole, verdict.spans, fields, refined(account, "hit-range"));
}

/** A body of known length, of which spans can be had. */
export interface SpannedBody<B> {
  readonly bytes: number;
  open(span: ByteSpan): B;
}

/** 206 with one span, or with several as multipart/byteranges. */
export function answerSpans<B>(
  exchange: Exchange<B>,
  whole: SpannedBody<B>,
  spans: readonly ByteSpan[],
  fields: Fields,
  account: Account,
): Reply<B> {
  const [only] = spans;
  if (only === undefined || spans.length > 1) return answerMultipart(exchange, whole, spans, fields, account);
  const partial = partFields(fields, only, whole.bytes);
  return answer(exchange, { status: 206, fields: partial, body: whole.open(only) }, account);
}

/** 416: no byte of the range exists (RFC 9110 §15.5.17). */
export function answerUnsatisfiable<B>(
  exchange: Exchange<B>,
  fields: Fields,
  bytes: number,
  account: Account,
): Reply<B> {
  const unsatisfied = withField(withField(fields, "content-range", `bytes */${bytes}`), "content-length", "0");
  return answer(exchange, { status: 416, fields: unsatisfied, body: undefined }, account);
}

/** The fields of a 206 with one span of a whole (RFC 9110 §15.3.7.1). */
export function partFields(fields: Fields, span: ByteSpan, bytes: number): Fields {
  const ranged = withField(fields, "content-range", contentRange(span, bytes));
  return withField(ranged, "content-length", `${spanBytes(span)}`);
}

/** multipart/byteranges (RFC 9110 §14.6). */
function answerMultipart<B>(
  exchange: Exchange<B>,
  whole: SpannedBody<B>,
  spans: readonly ByteSpan[],
  fields: Fields,
  account: Account,
): Reply<B> {
  const { bodies, clock } = exchange.edge;
  const boundary = `antipode-${Math.floor(clock.random() * 1e15).toString(36)}`;
  const type = fieldValue(fields, "content-type");
  // A part's head is written as text: a type beyond ASCII would not keep its bytes, nor its length.
  const typeLine = type === undefined || !/^[\x20-\x7e]*$/.test(type) ? "" : `Content-Type: ${type}\r\n`;
  let lengthBytes = 0;
  const parts: B[] = [];
  const addText = (text: string): void => {
    lengthBytes += text.length;
    parts.push(bodies.fromText(text));
  };
  for (const span of spans) {
    addText(`\r\n--${boundary}\r\n${typeLine}Content-Range: ${contentRange(span, whole.bytes)}\r\n\r\n`);
    lengthBytes += spanBytes(span);
    parts.push(whole.open(span));
  }
  addText(`\r\n--${boundary}--\r\n`);
  const typed = withField(fields, "content-type", `multipart/byteranges; boundary=${boundary}`);
  const complete = withField(typed, "content-length", `${lengthBytes}`);
  return answer(exchange, { status: 206, fields: complete, body: bodies.concat(parts) }, account);
}

/** A hit's outcome says more precisely what was answered; other outcomes stay. */
function refined(account: Account, outcome: Outcome): Account {
  return account.outcome === "hit" ? { ...account, outcome } : account;
}

/** The fields with Age (RFC 9111 §5.1), right after those that were stored. */
export function withAge(fields: Fields, age: number): Fields {
  const line: FieldLine = ["age", `${Math.floor(age)}`];
  return hasField(fields, "age") ? withField(fields, "age", line[1]) : [...fields, line];
}
