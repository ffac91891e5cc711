/** Variants of a key beyond finding them: which was used, and whether a new one takes another's place. */
import type { Outcome } from "../core/cache/outcome.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Exchange } from "./exchange.ts";

/** Tells the store which variant answered: the one unused for longest gives way when there are too many. */
export function noteUse<B>(
  exchange: Exchange<B>,
  variants: readonly StoredResponse<B>[],
  used: StoredResponse<B>,
): void {
  if (variants.length < 2) return;
  const noted = exchange.edge.store.used(exchange.key, used.id);
  if (noted instanceof Promise) exchange.edge.inBackground(noted);
}

/** The outcome of an answer that is being stored for the first time: whether the key has room for one more variant. */
export function storedOutcome<B>(
  { edge }: Exchange<B>,
  variants: readonly StoredResponse<B>[],
  id: string,
): Extract<Outcome, "stored" | "stored-variant-dropped"> {
  const isFull = variants.length >= edge.limits.variantsPerKeyMax && variants.every((variant) => variant.id !== id);
  return isFull ? "stored-variant-dropped" : "stored";
}
