/** What is remembered for a while of the ranges of a key: that they can be had in slices, or that slices are of no use. */
import { hasField } from "../core/http/fields.ts";
import type { Exchange } from "./exchange.ts";

/** Undefined: nothing is known. */
export type RangeMark = "sliced" | "unsliced";

/** What is known of the ranges of a key. */
export function rangeMarkOf<B>(exchange: Exchange<B>): RangeMark | undefined {
  const { passMarkers, clock } = exchange.edge;
  const nowMs = clock.nowMs();
  if (passMarkers.isMarked(nameOf(exchange, "unsliced"), nowMs)) return "unsliced";
  return passMarkers.isMarked(nameOf(exchange, "sliced"), nowMs) ? "sliced" : undefined;
}

/** Remembers it; what was known before is forgotten. */
export function markRange<B>(exchange: Exchange<B>, mark: RangeMark): void {
  const { passMarkers, clock, limits } = exchange.edge;
  passMarkers.unmark(nameOf(exchange, mark === "sliced" ? "unsliced" : "sliced"));
  passMarkers.mark(nameOf(exchange, mark), clock.nowMs() + limits.hitForPassSeconds * 1_000);
}

/** What holds for credentials says nothing of others. Keys begin with a digit, so none is equal to this. */
function nameOf<B>({ ownKey, request }: Exchange<B>, mark: RangeMark): string {
  return `${mark} ${hasField(request.fields, "authorization") ? "authorized " : ""}${ownKey}`;
}
