/** The router's replies, each of which ends in one record. */
import { type Outcome, outcomeOfRefusal } from "../core/cache/outcome.ts";
import { cacheStatusMember } from "../core/http/cache-status.ts";
import { errorPage } from "../core/http/error-page.ts";
import type { FieldLine, Fields } from "../core/http/fields.ts";
import { serverTiming } from "../core/http/server-timing.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import { type Observed, observe, passingOn } from "../core/trace/observed.ts";
import type { Router } from "./router.ts";

/** What to answer, and what the record says of it. */
export interface RouterAnswer<B> {
  readonly status: number;
  readonly fields: Fields;
  readonly body: B | undefined;
  readonly outcome: Outcome;
  readonly clientAddress: string;
  readonly country?: string | undefined;
  /** Which edge was chosen, and how long it took to begin its answer. */
  readonly edge?: string;
  readonly edgeHeadMs?: number;
}

/** The trace of a request, and whether its client debugs. */
export function observedOf<B>(router: Router<B>, { head, peerAddress }: Incoming<B>): Observed {
  return observe(router.observing ?? passingOn(() => router.clock.random()), head.fields, peerAddress);
}

/** A reply that records itself once it has left. */
export function replyWith<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  answer: RouterAnswer<B>,
  observed: Observed = observedOf(router, incoming),
): Reply<B> {
  const headMs = router.clock.nowMs() - incoming.receivedAtMs;
  const { status, body, outcome, clientAddress, country, edge, edgeHeadMs } = answer;
  const { head, httpVersion, receivedAtMs } = incoming;
  return {
    head: { status, fields: [...answer.fields, ...ownFields(router, answer, observed, headMs)] },
    body,
    sent: ({ bodyBytes, complete, instead }) => {
      if (outcome === "proxied" && edge !== undefined) {
        router.decider.transferred(edge, bodyBytes, router.clock.nowMs());
      }
      router.record({
        atMs: receivedAtMs,
        node: router.id,
        role: "router",
        site: undefined,
        outcome: instead === undefined ? outcome : outcomeOfRefusal(instead),
        forward: undefined,
        method: head.method,
        authority: head.authority,
        target: head.target,
        httpVersion,
        requestFields: head.fields,
        status: instead ?? status,
        bodyBytes,
        complete,
        clientAddress,
        country,
        headMs,
        totalMs: router.clock.nowMs() - receivedAtMs,
        upstreamHeadMs: edgeHeadMs,
        trace: observed.trace,
        edge,
      });
    },
  };
}

/** What the router says of itself: of a proxied answer the edge has said already what became of it. */
function ownFields<B>(router: Router<B>, answer: RouterAnswer<B>, observed: Observed, headMs: number): FieldLine[] {
  const { outcome, edge, edgeHeadMs } = answer;
  const fields: FieldLine[] = [];
  if (outcome !== "proxied") {
    fields.push(["cache-status", cacheStatusMember(router.id, { outcome, forward: "bypass" })]);
  }
  if (observed.debugging) {
    const timing = { node: router.id, outcome, headMs, traceId: observed.trace?.traceId };
    fields.push(["server-timing", serverTiming(timing, { upstream: edge, headMs: edgeHeadMs })]);
  }
  return fields;
}

/** An error page of the router's own. */
export function refuseWith<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  refusal: { readonly status: number; readonly outcome: Outcome; readonly clientAddress: string },
): Reply<B> {
  const page = errorPage(refusal.status);
  const body = incoming.head.method === "HEAD" ? undefined : router.bodies.fromText(page.text);
  return replyWith(router, incoming, { ...refusal, fields: page.fields, body });
}
