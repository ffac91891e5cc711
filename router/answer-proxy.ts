/** Answering by proxy: the best edge is asked; when it gives no answer, the next one, before the client notices. */
import { isSafeMethod } from "../core/cache/invalidate.ts";
import { type FieldLine, fieldValues } from "../core/http/fields.ts";
import { endToEndFields, forwardedRequestFields } from "../core/http/forward.ts";
import type { ClientAddress } from "../core/net/client-address.ts";
import type { Incoming, Reply, UpstreamFailure, UpstreamResult } from "../core/ports.ts";
import type { RouteDecision } from "../core/route/choose.ts";
import { fibreRttMs } from "../core/route/latency.ts";
import { refuseWith, replyWith } from "./reply.ts";
import { edgesInOrder } from "./route.ts";
import type { Router, RouterEdge } from "./router.ts";
import { resultOf } from "./watch.ts";

/** Failures that say nothing about the edge: the client left, or a site's origin is slow. Probes find a silent edge. */
const NOT_THE_EDGE: ReadonlySet<UpstreamFailure> = new Set(["cancelled", "first-byte-timeout"]);
/** Failures after which the edge cannot have seen the request. */
const NOT_SENT: ReadonlySet<UpstreamFailure> = new Set(["refused", "unresolved", "connect-timeout", "tls"]);

/** Relays the first answer that an edge gives. */
export async function answerByProxy<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  client: ClientAddress,
  decision: RouteDecision,
): Promise<Reply<B>> {
  const { clientAddress } = client;
  for (const edge of edgesInOrder(router, decision).slice(0, 1 + router.limits.retriesMax)) {
    await travel(router, decision, edge);
    const result = await ask(router, incoming, client, edge);
    if (result.kind === "response") return relay(router, incoming, clientAddress, edge, result);
    if (!NOT_THE_EDGE.has(result.failure)) router.watch.report(edge.id, resultOf(result.failure));
    if (incoming.cancellation.cancelled) {
      return refuseWith(router, incoming, { status: 502, outcome: "client-left", clientAddress });
    }
    if (!mayRepeat(incoming, result.failure)) break;
  }
  return refuseWith(router, incoming, { status: 502, outcome: "no-edge", clientAddress });
}

/** A request goes to a second edge when it has no body that is spent, and either was not sent or may be sent twice. */
function mayRepeat<B>({ head, body }: Incoming<B>, failure: UpstreamFailure): boolean {
  return body === undefined && (NOT_SENT.has(failure) || isIdempotent(head.method));
}

/** RFC 9110 §9.2.2. */
function isIdempotent(method: string): boolean {
  return isSafeMethod(method) || method === "PUT" || method === "DELETE";
}

function ask<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  client: ClientAddress,
  edge: RouterEdge,
): Promise<UpstreamResult<B>> {
  const { head, body, cancellation } = incoming;
  const { connectMs, firstByteMs, betweenBytesMs } = router.limits;
  return router.upstream.fetch({
    to: edge.target,
    method: head.method,
    target: head.target,
    fields: forwardedRequestFields(head.fields, {
      node: router.id,
      host: head.authority,
      ...client,
      scheme: head.scheme,
      authority: head.authority,
    }),
    body,
    allowPrivate: true,
    timeouts: { connectMs, firstByteMs, betweenBytesMs },
    cancellation,
    onInterim: (interim) => incoming.interim(interim),
  });
}

function relay<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  clientAddress: string,
  edge: RouterEdge,
  result: Extract<UpstreamResult<B>, { kind: "response" }>,
): Reply<B> {
  const { head, body } = result;
  const fields: FieldLine[] = endToEndFields(head.fields).filter(([name]) => name !== "via");
  fields.push(["via", [...fieldValues(head.fields, "via"), `1.1 ${router.id}`].join(", ")]);
  return replyWith(router, incoming, {
    status: head.status,
    fields,
    body,
    outcome: "proxied",
    clientAddress,
    edge: edge.id,
  });
}

/** With `--wan`, a request takes as long as light in fibre would between the client and the edge. */
async function travel<B>(router: Router<B>, decision: RouteDecision, edge: RouterEdge): Promise<void> {
  const km = decision.candidates.find((candidate) => candidate.edge === edge.id)?.distanceKm;
  if (!router.realDelays || km === undefined) return;
  await new Promise<void>((resolve) => {
    router.clock.after(fibreRttMs(km), resolve);
  });
}
