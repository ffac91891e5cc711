/** The router's replies, each of which ends in one record. */
import type { Outcome } from "../core/cache/outcome.ts";
import { errorPage } from "../core/http/error-page.ts";
import type { Fields } from "../core/http/fields.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import type { Router } from "./router.ts";

/** What to answer, and what the record says of it. */
export interface RouterAnswer<B> {
  readonly status: number;
  readonly fields: Fields;
  readonly body: B | undefined;
  readonly outcome: Outcome;
  readonly clientAddress: string;
  readonly edge?: string;
}

/** A reply that records itself once it has left. */
export function replyWith<B>(router: Router<B>, incoming: Incoming<B>, answer: RouterAnswer<B>): Reply<B> {
  const headAtMs = router.clock.nowMs();
  const { status, fields, body, outcome, clientAddress, edge } = answer;
  const { method, authority, target } = incoming.head;
  return {
    head: { status, fields },
    body,
    sent: ({ bodyBytes, complete }) =>
      router.record({
        atMs: incoming.receivedAtMs,
        node: router.id,
        role: "router",
        site: undefined,
        outcome,
        forward: undefined,
        method,
        authority,
        target,
        status,
        bodyBytes,
        complete,
        clientAddress,
        headMs: headAtMs - incoming.receivedAtMs,
        totalMs: router.clock.nowMs() - incoming.receivedAtMs,
        ...(edge !== undefined && { edge }),
      }),
  };
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
