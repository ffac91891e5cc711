/** Going on with a body in its middle: which may, what is asked for, and whether an answer is its rest (RFC 9110 §14, §13.1.5). */
import { CONDITIONAL_FIELDS, isStrong } from "../http/conditional.ts";
import { parseHttpDate } from "../http/dates.ts";
import { type Fields, fieldValue, fieldValues, hasField, type ResponseHead } from "../http/fields.ts";

/** What tells one version of a body from every other: a strong validator, and how long it is. */
export interface BodyVersion {
  readonly validator: Validator;
  readonly bytes: number;
}

/** A strong validator: the field that it stands in, and its value there. */
export interface Validator {
  readonly name: "etag" | "last-modified";
  readonly value: string;
}

/** How much older than Date a Last-Modified is that is strong, whoever's clock made it (RFC 9110 §8.8.2.2). */
const STRONG_DATE_AGE_MS = 60_000;

/** The version of a whole body, if its head tells it surely. */
export function bodyVersion({ status, fields }: ResponseHead): BodyVersion | undefined {
  const length = onlyValue(fields, "content-length");
  if (status !== 200 || length === undefined || !/^\d{1,15}$/.test(length)) return undefined;
  const validator = strongValidator(fields);
  return validator === undefined ? undefined : { validator, bytes: Number(length) };
}

/** Whether two bodies are of one version. */
export function isSameVersion(one: BodyVersion, other: BodyVersion | undefined): boolean {
  return (
    other !== undefined &&
    one.bytes === other.bytes &&
    one.validator.name === other.validator.name &&
    one.validator.value === other.validator.value
  );
}

/** A strong entity tag; or, of a response without any tag, a date of modification that is strong (RFC 9110 §13.1.5). */
function strongValidator(fields: Fields): Validator | undefined {
  if (hasField(fields, "etag")) {
    const etag = onlyValue(fields, "etag");
    const isOne = etag !== undefined && /^"[^"]*"$/.test(etag) && isStrong(etag);
    return isOne ? { name: "etag", value: etag } : undefined;
  }
  const lastModified = onlyValue(fields, "last-modified");
  const dateMs = dateIn(onlyValue(fields, "date"));
  const lastModifiedMs = dateIn(lastModified);
  if (lastModified === undefined || lastModifiedMs === undefined || dateMs === undefined) return undefined;
  if (dateMs - lastModifiedMs < STRONG_DATE_AGE_MS) return undefined;
  return { name: "last-modified", value: lastModified };
}

/** A date with a year of four digits: what depends on the present is no validator. */
function dateIn(value: string | undefined): number | undefined {
  return value === undefined || /^[a-z]+, \d{2}-/i.test(value) ? undefined : parseHttpDate(value, 0);
}

function onlyValue(fields: Fields, name: string): string | undefined {
  const values = fieldValues(fields, name);
  return values.length === 1 ? values[0] : undefined;
}

/** The fields of a request for the rest of a body from byte `first` on, and for nothing else. */
export function continuationFields(fields: Fields, version: BodyVersion, first: number): Fields {
  const others = fields.filter(([name]) => name !== "range" && !CONDITIONAL_FIELDS.has(name));
  return [...others, ["range", `bytes=${first}-`], ["if-range", version.validator.value]];
}

/** Whether an answer is the rest of that very version from byte `first` on: all of it, and nothing before. */
export function isContinuation(head: ResponseHead, version: BodyVersion, first: number): boolean {
  const { validator, bytes } = version;
  if (head.status !== 206 || onlyValue(head.fields, validator.name) !== validator.value) return false;
  // What has got a tag meanwhile is known by that, and not by its date any more.
  if (validator.name === "last-modified" && hasField(head.fields, "etag")) return false;
  const length = fieldValue(head.fields, "content-length") ?? `${bytes - first}`;
  const range = onlyValue(head.fields, "content-range")?.toLowerCase();
  return range === `bytes ${first}-${bytes - 1}/${bytes}` && length === `${bytes - first}`;
}
