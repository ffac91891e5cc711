/** Answers that need no origin: `OPTIONS *`, and what a site's rules give: closed for maintenance, a CORS preflight, a redirect, no request for a bucket. */
import { isPreflight, preflightFields } from "../core/config/cors.ts";
import type { MaintenanceAction } from "../core/config/policy.ts";
import { isClosedFor, redirectLocation } from "../core/config/rule-actions.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { ALLOWED_METHODS } from "../core/http/methods.ts";
import type { Reply } from "../core/ports.ts";
import { bucketTarget, isBucketMethod } from "../origin/bucket.ts";
import { answer, type Exchange } from "./exchange.ts";
import { refuseExchange } from "./refuse.ts";

/** The reply, or undefined when the rules leave the request to the cache. */
export function answerByRules<B>(exchange: Exchange<B>): Reply<B> | undefined {
  const { effective, clientAddress, incoming } = exchange;
  const { maintenance, cors, redirect } = effective;
  if (incoming.head.target === "*") return aboutTheServer(exchange);
  if (maintenance !== undefined && isClosedFor(maintenance, clientAddress)) return closed(exchange, maintenance);
  if (cors !== undefined && isPreflight(incoming.head)) {
    const fields = preflightFields(cors, incoming.head);
    return answer(exchange, { status: 204, fields, body: undefined }, { outcome: "rule-preflight", forward: "bypass" });
  }
  if (redirect === undefined) return notOfBucket(exchange);
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

/** `OPTIONS *` asks about the server that hears it, not about anything of the origin's (RFC 9110 §9.3.7). */
function aboutTheServer<B>(exchange: Exchange<B>): Reply<B> {
  const fields: FieldLine[] = [
    ["allow", ALLOWED_METHODS],
    ["cache-control", "no-store"],
  ];
  return answer(exchange, { status: 204, fields, body: undefined }, { outcome: "reserved-path", forward: "bypass" });
}

/** What a bucket is not asked for: anything but objects to read. */
function notOfBucket<B>(exchange: Exchange<B>): Reply<B> | undefined {
  const { site, request } = exchange;
  if (site.bucket === undefined) return undefined;
  if (!isBucketMethod(request.method)) return refuseExchange(exchange, 405, "method-refused");
  return bucketTarget(request.target, site.bucket) === undefined
    ? refuseExchange(exchange, 400, "bad-request")
    : undefined;
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
