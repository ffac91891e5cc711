/** What an edge answers itself, under /.antipode/ on its public listener. */
import type { FieldLine } from "../core/http/fields.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import type { Edge } from "./edge.ts";
import { reply } from "./exchange.ts";
import { refuse } from "./refuse.ts";

const PREFIX = "/.antipode/";

/** Whether a target lies in the reserved part. */
export function isReserved(target: string): boolean {
  return target.startsWith(PREFIX);
}

/** `probe` tells routers that this edge answers; `ping` is the same for measuring round trips. */
export function serveReserved<B>(edge: Edge<B>, incoming: Incoming<B>): Reply<B> {
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
