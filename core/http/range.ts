/** Byte ranges (RFC 9110 §14): what part of a stored body answers a Range field. */
import type { ByteSpan } from "../ports.ts";

/** What a Range field asks of a body of known length. */
export type RangeVerdict =
  /** No range, or one that must or may be ignored: the whole body. */
  | { readonly kind: "whole" }
  | { readonly kind: "spans"; readonly spans: readonly ByteSpan[] }
  | { readonly kind: "unsatisfiable" };

const WHOLE: RangeVerdict = { kind: "whole" };
const SPEC = /^(\d*)-(\d*)$/;

/** One range as it is asked for, before the length of the body is known. */
export type RangeSpec =
  /** `last` is infinite when it was left out. An offset beyond all bodies is only big. */
  { readonly first: number; readonly last: number } | { readonly suffixBytes: number };

/** The ranges that a Range field asks for, in its order. Undefined: malformed, or in other units than bytes (RFC 9110 §14.1). */
export function rangeSpecs(value: string): readonly RangeSpec[] | undefined {
  const set = /^bytes *= *(.*)$/i.exec(value)?.[1];
  const members = set?.split(",").map((member) => member.trim());
  const given = members?.filter((member) => member !== "").map(toSpec);
  if (given === undefined || given.length === 0) return undefined;
  return given.every((spec) => spec !== undefined) ? given : undefined;
}

function toSpec(member: string): RangeSpec | undefined {
  const [, from, to] = SPEC.exec(member) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from === "") return { suffixBytes: Number(to) };
  const spec = { first: Number(from), last: to === "" ? Number.POSITIVE_INFINITY : Number(to) };
  return spec.last < spec.first ? undefined : spec;
}

/**
 * Reads `Range` against a body of `bodyBytes`. Units other than bytes, malformed sets, overlapping ranges and more than
 * `rangesMax` are ignored (RFC 9110 §14.2, FAULTS O06).
 */
export function evaluateRange(value: string | undefined, bodyBytes: number, rangesMax: number): RangeVerdict {
  const specs = value === undefined ? undefined : rangeSpecs(value);
  if (specs === undefined || specs.length > rangesMax) return WHOLE;
  const spans = specs.map((spec) => toSpan(spec, bodyBytes)).filter((span) => span !== undefined);
  if (spans.length === 0) return { kind: "unsatisfiable" };
  return overlap(spans) ? WHOLE : { kind: "spans", spans };
}

/**
 * Whether a Range field names more ranges than `rangesMax`, well formed or not and in whatever unit, or asks for bytes
 * twice: such a field is ignored, and no origin sees it (FAULTS O06).
 */
export function isExcessiveRange(value: string, rangesMax: number): boolean {
  if (value.split(",").filter((member) => member.trim() !== "").length > rangesMax) return true;
  return overlap((rangeSpecs(value) ?? []).filter((spec) => "first" in spec));
}

/** Undefined: none of its bytes exist. */
function toSpan(spec: RangeSpec, bodyBytes: number): ByteSpan | undefined {
  if ("suffixBytes" in spec) {
    const suffixBytes = Math.min(spec.suffixBytes, bodyBytes);
    return suffixBytes === 0 ? undefined : { first: bodyBytes - suffixBytes, last: bodyBytes - 1 };
  }
  return spec.first >= bodyBytes ? undefined : { first: spec.first, last: Math.min(spec.last, bodyBytes - 1) };
}

function overlap(spans: readonly ByteSpan[]): boolean {
  const ordered = [...spans].sort((a, b) => a.first - b.first);
  return ordered.some((span, index) => {
    const next = ordered[index + 1];
    return next !== undefined && next.first <= span.last;
  });
}

/** How many bytes a span covers. */
export function spanBytes(span: ByteSpan): number {
  return span.last - span.first + 1;
}

/** The Content-Range of a span (RFC 9110 §14.4). */
export function contentRange(span: ByteSpan, bodyBytes: number): string {
  return `bytes ${span.first}-${span.last}/${bodyBytes}`;
}
