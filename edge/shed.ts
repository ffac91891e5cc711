/** Sends requests away that there is no room for: the dearest first, hits last (FAULTS L10). */
import type { Decision } from "../core/cache/decide.ts";
import { hasField } from "../core/http/fields.ts";
import type { Work } from "../core/overload/shedder.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { refuseBusy } from "./refuse.ts";

/** A 503 that says when to come back, or undefined when there is room. */
export function shed<B>(exchange: Exchange<B>, decision: Decision<B>): Reply<B> | undefined {
  const { edge, request } = exchange;
  if (edge.sheds === undefined) return undefined;
  const work = workOf(decision, hasField(request.fields, "range"));
  if (work === undefined || !edge.sheds(work)) return undefined;
  return refuseBusy(exchange, "overloaded", "bypass");
}

/** What a decision costs; a refusal costs nothing. */
function workOf<B>(decision: Decision<B>, ranged: boolean): Work | undefined {
  switch (decision.kind) {
    case "hit":
    case "stale":
      return "hit";
    case "revalidate":
      return "revalidation";
    case "refuse":
      return undefined;
    default:
      return ranged ? "range-miss" : "miss";
  }
}
