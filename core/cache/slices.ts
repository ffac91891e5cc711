/**
 * Objects in slices: a range of what is not stored is fetched in aligned slices, which are stored one by one and put
 * together again only where the same strong validator and the same length bind them (RFC 9110 §15.3.7.3, RFC 9111 §3.4).
 */
import { CONDITIONAL_FIELDS } from "../http/conditional.ts";
import {
  type FieldLine,
  type Fields,
  fieldValue,
  fieldValues,
  type RequestHead,
  type ResponseHead,
  withField,
} from "../http/fields.ts";
import { rangeSpecs, spanBytes } from "../http/range.ts";
import type { ByteSpan } from "../ports.ts";
import { bodyVersion } from "./continuation.ts";

/** A byte further on than any object. */
const OFFSET_MAX_BYTES = 1e15;

/**
 * At which byte to begin with a request that slices can answer: a GET for ranges of bytes, under no condition but
 * If-Range. A suffix, whose place is not known, and what is beyond any object begin with the first byte, whose slice
 * tells the length. Undefined for all other requests.
 */
export function slicedFrom({ method, fields }: RequestHead): number | undefined {
  const [range, ...others] = fieldValues(fields, "range");
  if (method !== "GET" || range === undefined || others.length > 0) return undefined;
  if (fields.some(([name]) => name !== "if-range" && CONDITIONAL_FIELDS.has(name))) return undefined;
  const specs = rangeSpecs(range);
  if (specs === undefined) return undefined;
  return Math.min(...specs.map((spec) => ("first" in spec && spec.first < OFFSET_MAX_BYTES ? spec.first : 0)));
}

/** Where a slice lies, counted from 0. */
export function sliceSpan(index: number, sliceBytes: number): ByteSpan {
  return { first: index * sliceBytes, last: (index + 1) * sliceBytes - 1 };
}

/** The size of slices: one that the store does not take would be of no use. */
export function sliceBytesOf(limits: { readonly sliceBytes: number; readonly memoryObjectMaxBytes: number }): number {
  return Math.min(limits.sliceBytes, limits.memoryObjectMaxBytes);
}

/**
 * The key of a slice: what makes the key of the whole, and which slice of which size. Keys of wholes begin with a digit
 * (`keyId`), so none is equal to it.
 */
export function sliceKey(key: string, index: number, sliceBytes: number): string {
  return `slice ${index} of ${sliceBytes} ${key}`;
}

/** The fields of a request for one slice: no condition, since an answer of another version is seen by its tag. */
export function sliceFields(fields: Fields, span: ByteSpan): Fields {
  return [...withoutRange(fields), rangeLine(span)];
}

/** The Range field of a span. */
export function rangeLine({ first, last }: ByteSpan): FieldLine {
  return ["range", `bytes=${first}-${last}`];
}

/** The fields of the request for the whole. */
export function withoutRange(fields: Fields): Fields {
  return fields.filter(([name]) => name !== "range" && !CONDITIONAL_FIELDS.has(name));
}

/**
 * The head that a 200 with the whole would have, made of the 206 with the slice that was asked for. Undefined when the
 * answer is not exactly that slice, or nothing tells surely which version it belongs to.
 */
export function wholeOfSlice(head: ResponseHead, asked: ByteSpan): ResponseHead | undefined {
  const [range, ...others] = fieldValues(head.fields, "content-range");
  if (head.status !== 206 || range === undefined || others.length > 0) return undefined;
  const [, first, last, bytes] = (/^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(range) ?? []).map(Number);
  if (first === undefined || last === undefined || bytes === undefined || last >= bytes) return undefined;
  if (first !== asked.first || last !== Math.min(asked.last, bytes - 1)) return undefined;
  const length = fieldValue(head.fields, "content-length");
  if (length !== undefined && Number(length) !== spanBytes({ first, last })) return undefined;
  const fields = head.fields.filter(([name]) => name !== "content-range" && name !== "content-length");
  const whole = { status: 200, fields: withField(fields, "content-length", `${bytes}`) };
  return bodyVersion(whole) === undefined ? undefined : whole;
}

/** How many bytes a slice of a whole has: the last one is shorter. */
export function sliceLength(whole: ResponseHead, asked: ByteSpan): number {
  const bytes = bodyVersion(whole)?.bytes ?? 0;
  return Math.max(0, Math.min(asked.last, bytes - 1) - asked.first + 1);
}

/** The part of a span that lies in a slice, counted from the slice's beginning. */
export function partInSlice(span: ByteSpan, slice: ByteSpan): ByteSpan {
  return {
    first: Math.max(span.first, slice.first) - slice.first,
    last: Math.min(span.last, slice.last) - slice.first,
  };
}
