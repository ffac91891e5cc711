/** One question: which edge for this address? */
import { choose, type RouteDecision } from "../core/route/rank-by-distance.ts";
import type { Router, RouterEdge } from "./router.ts";

/** The decision for a client address. The same object answers requests and `GET /v1/route`. */
export function route<B>(router: Router<B>, clientAddress: string): RouteDecision {
  const place = router.geo.locate(clientAddress);
  const edges = router.edges.map(({ id, at }) => ({ id, at, health: router.watch.stateOf(id) }));
  return choose(place, edges);
}

/** The edges of a decision, best first. */
export function edgesInOrder<B>(router: Router<B>, decision: RouteDecision): readonly RouterEdge[] {
  return decision.candidates.flatMap(({ edge }) => router.edges.find(({ id }) => id === edge) ?? []);
}
