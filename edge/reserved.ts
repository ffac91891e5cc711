/** What an edge answers itself, under /.antipode/ on its public listener. */
import type { FieldLine } from "../core/http/fields.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import { answerBeacon } from "../core/route/beacon.ts";
import type { Edge } from "./edge.ts";
import { reply } from "./exchange.ts";
import { refuse } from "./refuse.ts";

const PREFIX = "/.antipode/";

/** Whether a target lies in the reserved part. */
export function isReserved(target: string): boolean {
  return target.startsWith(PREFIX);
}

/** `probe` tells routers that this edge answers; `ping` is the same for measuring round trips, which pages report here, too. */
export function serveReserved<B>(edge: Edge<B>, incoming: Incoming<B>): Reply<B> {
  const beacon = serveBeacon(edge, incoming);
  if (beacon !== undefined) return beacon;
  const path = incoming.head.target.split("?", 1)[0];
  const known = path === `${PREFIX}probe` || path === `${PREFIX}ping`;
  if (!known) return refuse(edge, incoming, { status: 404, outcome: "reserved-path" });
  if (incoming.head.method !== "GET" && incoming.head.method !== "HEAD") {
    return refuse(edge, incoming, { status: 405, outcome: "method-refused" });
  }
  const text = `${edge.id}\n`;
  const fields: FieldLine[] = [
    ["content-type", "text/plain; charset=utf-8"],
    ["content-length", `${text.length}`],
    ["cache-control", "no-store"],
    ["access-control-allow-origin", "*"],
    ["timing-allow-origin", "*"],
  ];
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(text);
  return reply(
    edge,
    incoming,
    { clientAddress: incoming.peerAddress },
    { status: 200, fields, body },
    {
      outcome: "reserved-path",
      forward: undefined,
    },
  );
}

/** Pages whose host is this edge's own name load their beacon here; what they report goes on to the routers. */
function serveBeacon<B>(edge: Edge<B>, incoming: Incoming<B>): Reply<B> | undefined {
  const { beacon, clock, bodies } = edge;
  const { head, peerAddress } = incoming;
  if (beacon === undefined) return undefined;
  const { clientAddress } = edge.clientOf(peerAddress, head);
  const answer = answerBeacon(head, {
    rules: beacon.rules,
    plan: () => beacon.plan().slice(0, beacon.rules.edgesMax),
    take: (timed) => beacon.take(clientAddress, timed),
    mayTake: () => beacon.count.take(clock.nowMs()),
  });
  if (answer === undefined) return undefined;
  bodies.discard(incoming.body);
  const { status, fields, text } = answer;
  if (status === 405) return refuse(edge, incoming, { status, outcome: "method-refused", clientAddress });
  if (status === 429) return refuse(edge, incoming, { status, outcome: "rate-limited", clientAddress });
  if (status >= 400) return refuse(edge, incoming, { status, outcome: "reserved-path", clientAddress });
  const body = text === undefined || head.method === "HEAD" ? undefined : bodies.fromText(text);
  const account = { outcome: "reserved-path", forward: undefined } as const;
  return reply(edge, incoming, { clientAddress }, { status, fields, body }, account);
}
