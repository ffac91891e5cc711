/** The life of one question: client address → place → ranked edges → an answer by proxy or redirect. */
import type { FieldLine } from "../core/http/fields.ts";
import { loopCount } from "../core/http/forward.ts";
import type { Eventually, Incoming, Reply } from "../core/ports.ts";
import { answerByProxy } from "./answer-proxy.ts";
import { answerByRedirect } from "./answer-redirect.ts";
import { serveBeacon } from "./beacon.ts";
import { refuseWith, replyWith } from "./reply.ts";
import type { Router } from "./router.ts";

/** Answers one request that the guard has accepted. */
export function serveRouter<B>(router: Router<B>, incoming: Incoming<B>): Eventually<Reply<B>> {
  const { head, peerAddress } = incoming;
  const client = router.clientOf(peerAddress, head);
  const { clientAddress } = client;
  const path = head.target.split("?", 1)[0];
  if (path === "/.antipode/probe" || path === "/.antipode/ping") return answerItself(router, incoming, clientAddress);
  const beacon = serveBeacon(router, incoming, clientAddress);
  if (beacon !== undefined) return beacon;
  const loops = loopCount(head.fields, router.id);
  if (loops.here > 0 || loops.total >= router.limits.hopsMax) {
    return refuseWith(router, incoming, { status: 508, outcome: "loop-detected", clientAddress });
  }
  const asked = { clientAddress, authority: head.authority, target: head.target };
  const decision = router.decider.decide(asked, 1 + router.limits.retriesMax, router.clock.nowMs());
  const country = decision.place?.country;
  const [best] = decision.edges;
  // "OPTIONS *" has no path that could follow a host's name: it is proxied.
  if (router.mode === "redirect" && best?.redirectBase !== undefined && head.target.startsWith("/")) {
    router.decider.sent(best.id, router.clock.nowMs());
    return answerByRedirect(router, incoming, { clientAddress, country }, { ...best, redirectBase: best.redirectBase });
  }
  return answerByProxy(router, incoming, client, decision);
}

function answerItself<B>(router: Router<B>, incoming: Incoming<B>, clientAddress: string): Reply<B> {
  const text = `${router.id}\n`;
  const fields: FieldLine[] = [
    ["content-type", "text/plain; charset=utf-8"],
    ["content-length", `${text.length}`],
    ["cache-control", "no-store"],
  ];
  const body = incoming.head.method === "HEAD" ? undefined : router.bodies.fromText(text);
  return replyWith(router, incoming, { status: 200, fields, body, outcome: "reserved-path", clientAddress });
}
