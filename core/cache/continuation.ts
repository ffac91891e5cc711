/** Going on with a body in its middle: which may, what is asked for, and whether an answer is its rest (RFC 9110 §14, §13.1.5). */
import { CONDITIONAL_FIELDS, isStrong } from "../http/conditional.ts";
import { type Fields, fieldValue, fieldValues, type ResponseHead } from "../http/fields.ts";

/** What tells one version of a body from every other: a strong entity tag, and how long it is. */
export interface BodyVersion {
  readonly etag: string;
  readonly bytes: number;
}

/** The version of a whole body, if its head tells it surely. */
export function bodyVersion({ status, fields }: ResponseHead): BodyVersion | undefined {
  const [etag, otherTag] = fieldValues(fields, "etag");
  const [length, otherLength] = fieldValues(fields, "content-length");
  if (status !== 200 || etag === undefined || otherTag !== undefined || otherLength !== undefined) return undefined;
  if (!/^"[^"]*"$/.test(etag) || !isStrong(etag) || !/^\d{1,15}$/.test(length ?? "")) return undefined;
  return { etag, bytes: Number(length) };
}

/** The fields of a request for the rest of a body from byte `first` on, and for nothing else. */
export function continuationFields(fields: Fields, version: BodyVersion, first: number): Fields {
  const others = fields.filter(([name]) => name !== "range" && !CONDITIONAL_FIELDS.has(name));
  return [...others, ["range", `bytes=${first}-`], ["if-range", version.etag]];
}

/** Whether an answer is the rest of that very version from byte `first` on: all of it, and nothing before. */
export function isContinuation(head: ResponseHead, version: BodyVersion, first: number): boolean {
  const { etag, bytes } = version;
  const [range, ...otherRanges] = fieldValues(head.fields, "content-range");
  if (head.status !== 206 || otherRanges.length > 0 || fieldValue(head.fields, "etag") !== etag) return false;
  const length = fieldValue(head.fields, "content-length") ?? `${bytes - first}`;
  return range?.toLowerCase() === `bytes ${first}-${bytes - 1}/${bytes}` && length === `${bytes - first}`;
}
