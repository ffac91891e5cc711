/** Answering by proxy: the best edge is asked; when it gives no answer, the next one, before the client notices. */
import { type FieldLine, type Fields, fieldValues } from "../core/http/fields.ts";
import { endToEndFields, forwardedRequestFields } from "../core/http/forward.ts";
import { mayAskAnother } from "../core/http/methods.ts";
import type { ClientAddress } from "../core/net/client-address.ts";
import type { Incoming, Reply, UpstreamFailure, UpstreamResult } from "../core/ports.ts";
import { distanceKm } from "../core/route/distance.ts";
import { fibreRttMs } from "../core/route/latency.ts";
import { DEBUG_FIELD, type Observed } from "../core/trace/observed.ts";
import type { Decided } from "./decider.ts";
import { observedOf, type RouterAnswer, refuseWith, replyWith } from "./reply.ts";
import type { Router, RouterEdge } from "./router.ts";
import { resultOf } from "./watch.ts";

/** Failures that say nothing about the edge: the client left, or a site's origin is slow. Probes find a silent edge. */
const NOT_THE_EDGE: ReadonlySet<UpstreamFailure> = new Set(["cancelled", "first-byte-timeout"]);

/** Relays the first answer that an edge gives. */
export async function answerByProxy<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  client: ClientAddress,
  decision: Decided,
): Promise<Reply<B>> {
  const about = { clientAddress: client.clientAddress, country: decision.place?.country };
  const observed = observedOf(router, incoming);
  for (const edge of decision.edges) {
    const leftAtMs = router.clock.nowMs();
    router.decider.sent(edge.id, leftAtMs);
    await travel(router, decision, edge);
    const askedAtMs = router.clock.nowMs();
    const result = await ask(router, incoming, client, edge, observed);
    const edgeHeadMs = router.clock.nowMs() - askedAtMs;
    if (result.kind === "response") {
      router.watch.report(edge.id, "ok");
      if (router.realDelays) learnFrom(router, result.head.fields, { ...client, edge: edge.id, leftAtMs });
      return replyWith(router, incoming, { ...relayed(router, result, edge), ...about, edgeHeadMs }, observed);
    }
    if (!NOT_THE_EDGE.has(result.failure)) router.watch.report(edge.id, resultOf(result.failure));
    if (incoming.cancellation.cancelled) {
      return refuseWith(router, incoming, { status: 502, outcome: "client-left", ...about });
    }
    if (!mayAskAnother(incoming.head.method, incoming.body, result.failure)) break;
  }
  const status = decision.edges.length === 0 ? 503 : 502;
  return refuseWith(router, incoming, { status, outcome: "no-edge", ...about });
}

function ask<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  client: ClientAddress,
  edge: RouterEdge,
  observed: Observed,
): Promise<UpstreamResult<B>> {
  const { head, body, cancellation } = incoming;
  const { connectMs, firstByteMs, betweenBytesMs } = router.limits;
  return router.upstream.fetch({
    to: edge.target,
    method: head.method,
    target: head.target,
    fields: [
      ...forwardedRequestFields(head.fields, {
        node: router.id,
        host: head.authority,
        ...client,
        scheme: head.scheme,
        authority: head.authority,
        trace: observed.trace,
      }),
      ...debugFields(router, observed),
    ],
    body,
    allowPrivate: true,
    timeouts: { connectMs, firstByteMs, betweenBytesMs },
    cancellation,
    onInterim: (interim) => incoming.interim(interim),
  });
}

/** Whoever debugs the router debugs the edge behind it: they share the token. */
function debugFields<B>(router: Router<B>, { debugging }: Observed): FieldLine[] {
  const token = router.observing?.debugToken;
  return debugging && token !== undefined ? [[DEBUG_FIELD, token]] : [];
}

function relayed<B>(
  router: Router<B>,
  { head, body }: Extract<UpstreamResult<B>, { kind: "response" }>,
  edge: RouterEdge,
): Omit<RouterAnswer<B>, "clientAddress"> {
  const fields: FieldLine[] = endToEndFields(head.fields).filter(([name]) => name !== "via");
  fields.push(["via", [...fieldValues(head.fields, "via"), `1.1 ${router.id}`].join(", ")]);
  return { status: head.status, fields, body, outcome: "proxied", edge: edge.id };
}

/** With `--wan`, a request takes as long as light in fibre would between the client and the edge. */
async function travel<B>(router: Router<B>, { place }: Decided, { at }: RouterEdge): Promise<void> {
  if (!router.realDelays || place === undefined || at === undefined) return;
  await new Promise<void>((resolve) => {
    router.clock.after(fibreRttMs(distanceKm(place.at, at)), resolve);
  });
}

/**
 * A proxy's time to an edge is its own, not its client's: it would teach a lie. With `--wan` the client's way is part of
 * it. What an edge had to ask its origin for says nothing of the way.
 */
function learnFrom<B>(
  router: Router<B>,
  fields: Fields,
  {
    clientAddress,
    edge,
    leftAtMs,
  }: { readonly clientAddress: string; readonly edge: string; readonly leftAtMs: number },
): void {
  if (!fieldValues(fields, "cache-status").some((status) => status.startsWith(`${edge}; hit`))) return;
  const nowMs = router.clock.nowMs();
  router.decider.learn({ clientAddress, edge, rttMs: nowMs - leftAtMs, kind: "http" }, nowMs);
}
