/** HEAD that the store cannot answer: forwarded as HEAD, and its answer updates what is stored (RFC 9111 §4.3.5). */
import { mayServeOnError } from "../core/cache/decide.ts";
import { statusOfFailure } from "../core/cache/outcome.ts";
import { confirms, freshen, headMatches, withValidators } from "../core/cache/revalidate.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import { isConditional } from "../core/http/conditional.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Fetched, fetchOrigin } from "./fetch.ts";
import { answerFailure, answerFreshened, type FillOrder, namesVariedOn, validates, withFields } from "./fill.ts";
import { confirmationOf } from "./fly.ts";
import { relay } from "./relay.ts";
import { putConfirmed } from "./storing.ts";

/** Answers a HEAD by asking the origin. */
export async function forwardHead<B>(exchange: Exchange<B>, order: FillOrder<B>): Promise<Reply<B>> {
  const { edge, request, incoming } = exchange;
  const { candidate, forward } = order;
  const fetched = await fetchOrigin(exchange, {
    fields: candidate !== undefined && validates(order) ? withValidators(request.fields, candidate) : request.fields,
    cancellation: incoming.cancellation,
    keptFields: namesVariedOn(order),
    relayInterim: true,
  });
  if (fetched.kind === "failure") {
    const { failure } = fetched;
    return answerFailure(exchange, order, { kind: "failed", failure, status: statusOfFailure(failure) });
  }
  edge.bodies.discard(fetched.body);
  const { head } = fetched;
  if (candidate !== undefined && head.status >= 500 && mayServeOnError(candidate, edge.clock.nowMs())) {
    return answerFailure(exchange, order, { kind: "failed", failure: "server-error", status: head.status });
  }
  if (candidate !== undefined && head.status === 304 && validates(order) && confirms(candidate, head)) {
    const confirmed = freshen(candidate, confirmationOf(exchange, fetched));
    await putConfirmed(exchange, candidate, confirmed);
    const stored = withFields(confirmed.stored, confirmed.forOne);
    return answerFreshened(exchange, stored, { outcome: "revalidated", forward, forwardStatus: 304 });
  }
  if (head.status === 304 && !isConditional(request.fields)) {
    return answerFailure(exchange, order, { kind: "failed", failure: "malformed", status: 502 });
  }
  if (candidate !== undefined) await update(exchange, candidate, fetched);
  return relay(exchange, { head, body: undefined }, { outcome: "not-stored", forward, reason: "method" });
}

/** What HEAD says of the stored response: it is that one with newer fields, or it is not worth keeping. */
async function update<B>(
  exchange: Exchange<B>,
  candidate: StoredResponse<B>,
  fetched: Extract<Fetched<B>, { kind: "response" }>,
): Promise<void> {
  const { head } = fetched;
  if (head.status === candidate.head.status && headMatches(candidate, head)) {
    await putConfirmed(exchange, candidate, freshen(candidate, confirmationOf(exchange, fetched)));
  } else if (head.status === 200) {
    await exchange.edge.store.remove(exchange.key, candidate.id);
  }
}
