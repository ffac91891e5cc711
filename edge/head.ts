/** HEAD that the store cannot answer: forwarded as HEAD, and its answer updates what is stored (RFC 9111 §4.3.5). */
import { mayServeOnError } from "../core/cache/decide.ts";
import { confirms, freshen, headMatches, withValidators } from "../core/cache/revalidate.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { fetchOrigin } from "./fetch.ts";
import { answerFailure, type FillOrder, validates } from "./fill.ts";
import { relay } from "./relay.ts";
import { answerStored } from "./respond.ts";

/** Answers a HEAD by asking the origin. */
export async function forwardHead<B>(exchange: Exchange<B>, order: FillOrder<B>): Promise<Reply<B>> {
  const { edge, request, incoming, rules, key } = exchange;
  const { candidate, forward } = order;
  const fetched = await fetchOrigin(exchange, {
    fields: candidate !== undefined && validates(order) ? withValidators(request.fields, candidate) : request.fields,
    cancellation: incoming.cancellation,
    keptFields: new Set(candidate?.varyOn.map(([name]) => name)),
    relayInterim: true,
  });
  if (fetched.kind === "failure") {
    const timedOut = fetched.failure === "connect-timeout" || fetched.failure === "first-byte-timeout";
    return answerFailure(exchange, order, { kind: "failed", failure: fetched.failure, status: timedOut ? 504 : 502 });
  }
  edge.bodies.discard(fetched.body);
  const { head, times } = fetched;
  if (candidate !== undefined && head.status >= 500 && mayServeOnError(candidate, edge.clock.nowMs())) {
    return answerFailure(exchange, order, { kind: "failed", failure: "server-error", status: head.status });
  }
  if (candidate !== undefined && head.status === 304 && validates(order) && confirms(candidate, head)) {
    const stored = freshen(candidate, request, head, times, rules);
    await edge.store.put(key, stored);
    return answerStored(exchange, stored, {
      notModified: false,
      account: { outcome: "revalidated", forward, forwardStatus: 304 },
    });
  }
  if (candidate !== undefined && head.status === candidate.head.status && headMatches(candidate, head)) {
    await edge.store.put(key, freshen(candidate, request, head, times, rules));
  }
  return relay(exchange, { head, body: undefined }, { outcome: "not-stored", forward, reason: "method" });
}
