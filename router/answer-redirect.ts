/** Answering by redirect: the client goes to the edge's own name. Nothing of the request decides the host. */
import type { FieldLine } from "../core/http/fields.ts";
import type { Incoming, Reply } from "../core/ports.ts";
import { replyWith } from "./reply.ts";
import type { Router, RouterEdge } from "./router.ts";

/** A 302 for GET and HEAD, a 307 for the rest so that method and body stay. Never cached. */
export function answerByRedirect<B>(
  router: Router<B>,
  incoming: Incoming<B>,
  client: { readonly clientAddress: string; readonly country: string | undefined },
  edge: RouterEdge & { readonly redirectBase: string },
): Reply<B> {
  const { method, target } = incoming.head;
  const fields: FieldLine[] = [
    ["location", edge.redirectBase + target],
    ["cache-control", "no-store"],
    ["content-length", "0"],
    ["via", `1.1 ${router.id}`],
  ];
  const status = method === "GET" || method === "HEAD" ? 302 : 307;
  return replyWith(router, incoming, {
    status,
    fields,
    body: undefined,
    outcome: "redirected",
    ...client,
    edge: edge.id,
  });
}
