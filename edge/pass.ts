/** Forwarding what the cache has no part in; a successful unsafe request invalidates what it may have changed. */
import { invalidatedTargets } from "../core/cache/invalidate.ts";
import { cacheKey, keyId } from "../core/cache/key.ts";
import { type ForwardReason, type Outcome, outcomeOfFailure } from "../core/cache/outcome.ts";
import type { ResponseHead } from "../core/http/fields.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Fetched, fetchOrigin } from "./fetch.ts";
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
    const outcome = outcomeOfFailure(fetched.failure);
    return refuseExchange(exchange, outcome === "origin-timeout" ? 504 : 502, outcome);
  }
  await invalidate(exchange, fetched.head);
  return (request.method === "POST" ? storePosted(exchange, fetched) : undefined) ?? relay(exchange, fetched, why);
}

/** The answer to a POST that says it is what a GET of the same URL would give is stored for GET (RFC 9110 §9.3.3). */
function storePosted<B>(
  exchange: Exchange<B>,
  fetched: Extract<Fetched<B>, { kind: "response" }>,
): Reply<B> | undefined {
  const storing = beginStoring(exchange, fetched);
  if (storing.kind === "refused") return undefined;
  exchange.edge.inBackground(storeWhenWhole(exchange, storing.flying));
  const account = { outcome: "stored", forward: "method", stored: true } as const;
  return answerFlying(exchange, storing.flying, fetched.head.fields, account);
}

async function invalidate<B>(exchange: Exchange<B>, response: ResponseHead): Promise<void> {
  const { edge, site, request, rules } = exchange;
  for (const target of invalidatedTargets(request, response)) {
    await edge.store.remove(keyId(cacheKey(site.name, { ...request, method: "GET", target }, rules)));
  }
}
