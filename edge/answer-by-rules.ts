/** Answers that a site's rules give by themselves: closed for maintenance, a CORS preflight, a redirect. */
import { isPreflight, preflightFields } from "../core/config/cors.ts";
import type { MaintenanceAction } from "../core/config/policy.ts";
import { isClosedFor, redirectLocation } from "../core/config/rule-actions.ts";
import type { FieldLine } from "../core/http/fields.ts";
import type { Reply } from "../core/ports.ts";
import { answer, type Exchange } from "./exchange.ts";

/** The reply, or undefined when the rules leave the request to the cache. */
export function answerByRules<B>(exchange: Exchange<B>): Reply<B> | undefined {
  const { effective, clientAddress, incoming } = exchange;
  const { maintenance, cors, redirect } = effective;
  if (maintenance !== undefined && isClosedFor(maintenance, clientAddress)) return closed(exchange, maintenance);
  if (cors !== undefined && isPreflight(incoming.head)) {
    const fields = preflightFields(cors, incoming.head);
    return answer(exchange, { status: 204, fields, body: undefined }, { outcome: "rule-preflight", forward: "bypass" });
  }
  if (redirect === undefined) return undefined;
  const fields: FieldLine[] = [
    ["location", redirectLocation(redirect, incoming.head)],
    ["content-length", "0"],
  ];
  return answer(
    exchange,
    { status: redirect.status, fields, body: undefined },
    { outcome: "rule-redirect", forward: "bypass" },
  );
}

function closed<B>(exchange: Exchange<B>, { status, page, retryAfterSeconds }: MaintenanceAction): Reply<B> {
  const fields: FieldLine[] = [
    ["content-type", page.contentType],
    ["cache-control", "no-store"],
  ];
  if (retryAfterSeconds !== undefined) fields.push(["retry-after", `${retryAfterSeconds}`]);
  const { incoming, edge } = exchange;
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(page.body);
  return answer(exchange, { status, fields, body }, { outcome: "rule-maintenance", forward: "bypass" });
}
