/** The drill `X-Antipode: origin-off`: what would be served with the origin gone. Nothing is asked, stored, joined or remembered. */
import { type Fields, fieldValue } from "../core/http/fields.ts";
import type { Eventually, Incoming, Reply, Store, Upstream } from "../core/ports.ts";
import { DEBUG_FIELD, isSameToken } from "../core/trace/observed.ts";
import type { Edge } from "./edge.ts";
import { Flights } from "./flights.ts";
import { HoldDown } from "./hold-down.ts";
import { PassMarkers } from "./pass-markers.ts";

/** The field that asks for a drill, together with the debug token, and that its answer carries. */
export const DRILL_FIELD = "x-antipode";
const ORIGIN_OFF = "origin-off";

/** Whether somebody with the debug token asks for it. */
export function wantsDrill<B>({ observing }: Edge<B>, fields: Fields): boolean {
  const token = observing?.debugToken;
  if (token === undefined || fieldValue(fields, DRILL_FIELD) !== ORIGIN_OFF) return false;
  return isSameToken(fieldValue(fields, DEBUG_FIELD) ?? "", token);
}

/** The answer of an edge like this one whose origins are all gone. */
export async function drill<B>(
  edge: Edge<B>,
  incoming: Incoming<B>,
  serve: (edge: Edge<B>, incoming: Incoming<B>) => Eventually<Reply<B>>,
): Promise<Reply<B>> {
  const fields = incoming.head.fields.filter(([name]) => name !== DRILL_FIELD);
  const reply = await serve(withoutOrigins(edge), { ...incoming, head: { ...incoming.head, fields } });
  const { status, fields: answered } = reply.head;
  return { ...reply, head: { status, fields: [...answered, [DRILL_FIELD, ORIGIN_OFF]] } };
}

/** The same sites and the same store, and nobody behind them. */
function withoutOrigins<B>(edge: Edge<B>): Edge<B> {
  return {
    ...edge,
    upstream: gone(edge),
    store: readOnly(edge.store),
    pools: edge.pools.fresh(),
    flights: new Flights(),
    passMarkers: new PassMarkers({ maxKeys: 1 }),
    holdDown: new HoldDown({ maxKeys: 1 }),
  };
}

function gone<B>({ bodies }: Edge<B>): Upstream<B> {
  return {
    fetch: async (request) => {
      bodies.discard(request.body);
      request.onOver?.();
      return { kind: "failure", failure: "refused", detail: "a drill" };
    },
  };
}

function readOnly<B>(store: Store<B>): Store<B> {
  const nothing = (): void => {};
  return { find: (key) => store.find(key), usage: () => store.usage(), put: nothing, used: nothing, remove: nothing };
}
