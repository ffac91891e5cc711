/** Answers that come straight from an origin, stored or not. */
import { ageSeconds } from "../core/cache/freshness.ts";
import type { Account } from "../core/http/cache-status.ts";
import { formatHttpDate } from "../core/http/dates.ts";
import { type Fields, fieldValues, hasField, type ResponseHead, withoutFields } from "../core/http/fields.ts";
import { endToEndFields } from "../core/http/forward.ts";
import type { Reply } from "../core/ports.ts";
import { answer, type Exchange } from "./exchange.ts";
import type { FlyingResponse } from "./flights.ts";
import { NOT_FOR_CLIENTS, withAge } from "./respond.ts";

/** Relays a response as it came, less what belongs to the connection. */
export function relay<B>(
  exchange: Exchange<B>,
  response: { readonly head: ResponseHead; readonly body: B | undefined },
  account: Account,
): Reply<B> {
  const { head, body } = response;
  const fields = withoutFields(endToEndFields(head.fields), NOT_FOR_CLIENTS);
  const dated: Fields = hasField(fields, "date")
    ? fields
    : [...fields, ["date", formatHttpDate(exchange.edge.clock.nowMs())]];
  return answer(exchange, { status: head.status, fields: dated, body }, account);
}

/** Answers from a response whose body is still arriving; undefined when its beginning is gone. */
export function answerFlying<B>(
  exchange: Exchange<B>,
  flying: FlyingResponse<B>,
  upstreamStatus: Fields,
  account: Account,
): Reply<B> | undefined {
  const { admitted, spool } = flying;
  const bodiless = exchange.request.method === "HEAD" || admitted.head.status === 204 || admitted.head.status === 304;
  const body = bodiless ? undefined : spool.open();
  if (body === undefined && !bodiless) return undefined;
  const age = ageSeconds(admitted.freshness, flying.responseAtMs, exchange.edge.clock.nowMs());
  const earlier = fieldValues(upstreamStatus, "cache-status").map((value) => ["cache-status", value] as const);
  const fields = [...withoutFields(admitted.head.fields, NOT_FOR_CLIENTS), ...earlier];
  const ttlSeconds = admitted.freshness.lifetimeSeconds - age;
  return answer(
    exchange,
    { status: admitted.head.status, fields: age >= 1 ? withAge(fields, age) : fields, body },
    { ...account, ttlSeconds },
  );
}
