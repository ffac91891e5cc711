/** Forwarding what the cache has no part in; a successful unsafe request invalidates what it may have changed. */
import { type ForwardReason, type Outcome, outcomeOfFailure, statusOfFailure } from "../core/cache/outcome.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Fetched, fetchOrigin } from "./fetch.ts";
import { invalidate } from "./invalidate.ts";
import { refuseExchange } from "./refuse.ts";
import { answerFlying, relay } from "./relay.ts";
import { beginStoring, storeWhenWhole } from "./storing.ts";

/** Forwards a request and relays the answer as it comes. */
export async function pass<B>(
  exchange: Exchange<B>,
  why: { readonly forward: ForwardReason; readonly outcome: Outcome },
): Promise<Reply<B>> {
  const { incoming, request } = exchange;
  const fetched = await fetchOrigin(exchange, {
    fields: request.fields,
    cancellation: incoming.cancellation,
    keptFields: new Set(),
    relayInterim: true,
  });
  if (fetched.kind === "failure") {
    return refuseExchange(exchange, statusOfFailure(fetched.failure), outcomeOfFailure(fetched.failure));
  }
  await invalidate(exchange, fetched.head);
  // What a rule keeps away from the cache is not stored either.
  const mayStore = request.method === "POST" && why.outcome === "pass-method";
  return (mayStore ? storePosted(exchange, fetched) : undefined) ?? relay(exchange, fetched, why);
}

/** The answer to a POST that says it is what a GET of the same URL would give is stored for GET (RFC 9110 §9.3.3). */
function storePosted<B>(
  exchange: Exchange<B>,
  fetched: Extract<Fetched<B>, { kind: "response" }>,
): Reply<B> | undefined {
  const storing = beginStoring(exchange, fetched, { keptFields: new Set(), goesOnUnread: () => true });
  if (storing.kind === "refused") return undefined;
  // Its own invalidation does not concern it: it is what is true afterwards.
  const requestAtMs = exchange.edge.invalidations.moment(exchange.edge.clock.nowMs());
  exchange.edge.inBackground(storeWhenWhole(exchange, { ...storing.flying, requestAtMs }));
  const account =
    storing.flying.unkept === undefined
      ? ({ outcome: "stored", forward: "method", stored: true } as const)
      : ({ outcome: "pass-method", forward: "method" } as const);
  return answerFlying(exchange, storing.flying, fetched.head.fields, account);
}
