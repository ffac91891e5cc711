/** Error answers of the edge's own. */
import type { ForwardReason, Outcome } from "../core/cache/outcome.ts";
import { errorPage } from "../core/http/error-page.ts";
import type { Fields } from "../core/http/fields.ts";
import { retryAfterSeconds } from "../core/overload/shedder.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import type { Edge } from "./edge.ts";
import { answer, type Exchange, reply } from "./exchange.ts";

/** What to refuse with. */
export interface Refusal {
  readonly status: number;
  readonly outcome: Outcome;
  readonly site?: string;
  readonly clientAddress?: string;
}

/** A refusal that holds for a while. */
export interface Later {
  readonly status: 429 | 503;
  readonly outcome: Outcome;
  readonly forward: ForwardReason;
  readonly reason?: string;
  readonly retryAfterSeconds: number;
}

/** An error answer, when no site is known yet. */
export function refuse<B>(edge: Edge<B>, incoming: Incoming<B>, refusal: Refusal): Reply<B> {
  const { status, outcome, site, clientAddress = incoming.peerAddress } = refusal;
  const page = errorPage(status);
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(page.text);
  return reply(
    edge,
    incoming,
    { site, clientAddress },
    { status, fields: page.fields, body },
    { outcome, forward: "bypass" },
  );
}

/** An error answer within a site, on the site's own page if it has one. */
export function refuseExchange<B>(exchange: Exchange<B>, status: number, outcome: Outcome): Reply<B> {
  const page = errorPage(status);
  const body = exchange.request.method === "HEAD" ? undefined : exchange.edge.bodies.fromText(page.text);
  return answer(exchange, { status, fields: page.fields, body }, { outcome, forward: "miss" });
}

/** A 503 within a site that says when to come back; the times are spread. */
export function refuseBusy<B>(exchange: Exchange<B>, outcome: Outcome, forward: ForwardReason): Reply<B> {
  const retryAfter = retryAfterSeconds(exchange.edge.clock.random());
  return refuseForNow(exchange, { status: 503, outcome, forward, retryAfterSeconds: retryAfter });
}

/** An error answer within a site that says when to come back. */
export function refuseForNow<B>(
  exchange: Exchange<B>,
  { status, retryAfterSeconds: seconds, ...account }: Later,
): Reply<B> {
  const { edge, request } = exchange;
  const page = errorPage(status);
  const fields: Fields = [...page.fields, ["retry-after", `${seconds}`]];
  const body = request.method === "HEAD" ? undefined : edge.bodies.fromText(page.text);
  return answer(exchange, { status, fields, body }, account);
}
