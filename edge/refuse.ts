/** Error answers of the edge's own. */
import type { Outcome } from "../core/cache/outcome.ts";
import { errorPage } from "../core/http/error-page.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import type { Edge } from "./edge.ts";
import { type Exchange, reply } from "./exchange.ts";

/** What to refuse with. */
export interface Refusal {
  readonly status: number;
  readonly outcome: Outcome;
  readonly site?: string;
  readonly clientAddress?: string;
  /** Set when the origin was asked in vain. */
  readonly forward?: "miss";
}

/** An error answer, when no site is known yet. */
export function refuse<B>(edge: Edge<B>, incoming: Incoming<B>, refusal: Refusal): Reply<B> {
  const { status, outcome, site, clientAddress = incoming.peerAddress, forward = "bypass" } = refusal;
  const page = errorPage(status);
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(page.text);
  return reply(edge, incoming, site, clientAddress, { status, fields: page.fields, body }, { outcome, forward });
}

/** An error answer within a site. */
export function refuseExchange<B>(exchange: Exchange<B>, status: number, outcome: Outcome): Reply<B> {
  const { edge, incoming, site, clientAddress } = exchange;
  return refuse(edge, incoming, { status, outcome, site: site.name, clientAddress, forward: "miss" });
}
