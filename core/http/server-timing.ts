/** The Server-Timing field (W3C Server Timing): where the time went, for browsers' developer tools. */
import type { Outcome } from "../cache/outcome.ts";

/** What is told of one request at one node. */
export interface Timing {
  readonly node: string;
  readonly outcome: Outcome;
  readonly headMs: number;
  readonly traceId: string | undefined;
}

/** The value of the field. `asked` says who was asked, if anybody was, and how long it took. */
export function serverTiming(
  timing: Timing,
  asked: { readonly upstream: string | undefined; readonly headMs: number | undefined } | undefined,
): string {
  const { node, outcome, headMs, traceId } = timing;
  const metrics = [`antipode;dur=${headMs};desc=${quoted(`${node} ${outcome}`)}`];
  if (asked?.upstream !== undefined && asked.headMs !== undefined) {
    metrics.push(`upstream;dur=${asked.headMs};desc=${quoted(asked.upstream)}`);
  }
  if (traceId !== undefined) metrics.push(`trace;desc=${quoted(traceId)}`);
  return metrics.join(", ");
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]|["\\]/g, "_")}"`;
}
