/** The beacon at a router: it knows the client's estimates, so it has those edges timed that may be the best. */

import type { Incoming, Reply } from "../core/ports.ts";
import { answerBeacon, type BeaconHost, type Timed } from "../core/route/beacon.ts";
import { refuseWith, replyWith } from "./reply.ts";
import type { Router } from "./router.ts";

/** The answer to a request of the beacon; undefined: it is none, or this router has none. */
export function serveBeacon<B>(router: Router<B>, incoming: Incoming<B>, clientAddress: string): Reply<B> | undefined {
  const { beacon } = router;
  if (beacon === undefined || !incoming.head.target.startsWith("/.antipode/")) return undefined;
  const { head } = incoming;
  const nowMs = router.clock.nowMs();
  const asked = { clientAddress, authority: head.authority };
  const host: BeaconHost = {
    rules: beacon.rules,
    plan: () => router.decider.timedEdges(asked, beacon.rules.edgesMax, nowMs),
    take: (timed) => takeReport(router, clientAddress, timed),
    mayTake: () => beacon.count.take(nowMs),
  };
  const answer = answerBeacon(head, host);
  if (answer === undefined) return undefined;
  router.bodies.discard(incoming.body);
  const { status, fields, text } = answer;
  if (status === 405) return refuseWith(router, incoming, { status, outcome: "method-refused", clientAddress });
  if (status === 429) return refuseWith(router, incoming, { status, outcome: "rate-limited", clientAddress });
  if (status >= 400) return refuseWith(router, incoming, { status, outcome: "reserved-path", clientAddress });
  const body = text === undefined || head.method === "HEAD" ? undefined : router.bodies.fromText(text);
  return replyWith(router, incoming, { status, fields, body, outcome: "reserved-path", clientAddress });
}

function takeReport<B>(router: Router<B>, clientAddress: string, timed: readonly Timed[]): void {
  for (const { edge, rttMs } of timed) {
    const sample = { clientAddress, edge, rttMs, kind: "beacon" } as const;
    if (router.decider.learn(sample, router.clock.nowMs()) !== "impossible") router.onSample?.(sample);
  }
}
