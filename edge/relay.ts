/** Answers that come straight from an origin, stored or not. */
import { ageSeconds } from "../core/cache/freshness.ts";
import type { Account } from "../core/http/cache-status.ts";
import { formatHttpDate } from "../core/http/dates.ts";
import { type Fields, hasField, type ResponseHead, withoutFields } from "../core/http/fields.ts";
import { endToEndFields } from "../core/http/forward.ts";
import type { Reply } from "../core/ports.ts";
import { answer, type Exchange } from "./exchange.ts";
import type { FlyingResponse } from "./flights.ts";
import { NOT_FOR_CLIENTS, withAge } from "./respond.ts";

/** Age is counted anew. */
const NOT_FOR_CLIENTS_NOR_AGE: ReadonlySet<string> = new Set([...NOT_FOR_CLIENTS, "age"]);

/** Relays a response as it came, less what belongs to the connection. */
export function relay<B>(
  exchange: Exchange<B>,
  response: { readonly head: ResponseHead; readonly body: B | undefined },
  account: Account,
): Reply<B> {
  const { head, body } = response;
  const fields = withoutFields(relayedFields(exchange, head.fields), NOT_FOR_CLIENTS);
  return answer(exchange, { status: head.status, fields, body }, account);
}

/** The end-to-end fields of an origin's answer, with a Date (RFC 9110 §6.6.1). */
function relayedFields<B>(exchange: Exchange<B>, fields: Fields): Fields {
  const kept = endToEndFields(fields);
  return hasField(kept, "date") ? kept : [...kept, ["date", formatHttpDate(exchange.edge.clock.nowMs())]];
}

/**
 * Answers from a response whose body is still arriving; undefined when its beginning is gone. `own`: the fields as they
 * came, for the client whose request fetched them; others get those that are stored.
 */
export function answerFlying<B>(
  exchange: Exchange<B>,
  flying: FlyingResponse<B>,
  own: Fields | undefined,
  account: Account,
): Reply<B> | undefined {
  const { admitted, spool } = flying;
  const bodiless = exchange.request.method === "HEAD" || admitted.head.status === 204 || admitted.head.status === 304;
  const body = bodiless ? undefined : spool.open();
  if (body === undefined && !bodiless) return undefined;
  const age = ageSeconds(admitted.freshness, flying.responseAtMs, exchange.edge.clock.nowMs());
  const came = own === undefined ? admitted.head.fields : relayedFields(exchange, own);
  const fields = withoutFields(came, own === undefined ? NOT_FOR_CLIENTS : NOT_FOR_CLIENTS_NOR_AGE);
  const ttlSeconds = admitted.freshness.lifetimeSeconds - age;
  return answer(
    exchange,
    { status: admitted.head.status, fields: age >= 1 ? withAge(fields, age) : fields, body },
    { ...account, ttlSeconds },
  );
}
