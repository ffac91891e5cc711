/** Byte ranges (RFC 9110 §14): what part of a stored body answers a Range field. */
import type { ByteSpan } from "../ports.ts";

/** What a Range field asks of a body of known length. */
export type RangeVerdict =
  /** No range, or one that must or may be ignored: the whole body. */
  | { readonly kind: "whole" }
  | { readonly kind: "spans"; readonly spans: readonly ByteSpan[] }
  | { readonly kind: "unsatisfiable" };

const WHOLE: RangeVerdict = { kind: "whole" };
const SPEC = /^(\d{0,15})-(\d{0,15})$/;

/**
 * Reads `Range` against a body of `bodyBytes`. Units other than bytes, malformed sets, overlapping ranges and more than
 * `rangesMax` are ignored (RFC 9110 §14.2, FAULTS O06).
 */
export function evaluateRange(value: string | undefined, bodyBytes: number, rangesMax: number): RangeVerdict {
  if (value === undefined) return WHOLE;
  const set = /^bytes *= *(.*)$/i.exec(value)?.[1];
  if (set === undefined) return WHOLE;
  const members = set.split(",").map((member) => member.trim());
  const given = members.filter((member) => member !== "");
  if (given.length === 0 || given.length > rangesMax) return WHOLE;
  const spans: ByteSpan[] = [];
  for (const member of given) {
    const span = toSpan(member, bodyBytes);
    if (span === "malformed") return WHOLE;
    if (span !== "unsatisfiable") spans.push(span);
  }
  if (spans.length === 0) return { kind: "unsatisfiable" };
  return overlap(spans) ? WHOLE : { kind: "spans", spans };
}

function toSpan(member: string, bodyBytes: number): ByteSpan | "malformed" | "unsatisfiable" {
  const match = SPEC.exec(member);
  if (!match || (match[1] === "" && match[2] === "")) return "malformed";
  if (match[1] === "") {
    const suffixBytes = Math.min(Number(match[2]), bodyBytes);
    return suffixBytes === 0 ? "unsatisfiable" : { first: bodyBytes - suffixBytes, last: bodyBytes - 1 };
  }
  const first = Number(match[1]);
  const last = match[2] === "" ? bodyBytes - 1 : Math.min(Number(match[2]), bodyBytes - 1);
  if (match[2] !== "" && Number(match[2]) < first) return "malformed";
  return first >= bodyBytes ? "unsatisfiable" : { first, last };
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
