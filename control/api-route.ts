/** Why a client is sent where it is sent: asked of a router, which answers with the objects that it decides with. */
import { type AddRoutes, as } from "./api.ts";
import type { AdminAnswer, AskAdmin } from "./node-watch.ts";
import { problemResponse } from "./problem.ts";
import type { WatchedNode } from "./watched-nodes.ts";

/** Asks the routers in turn, with the query of a `GET /v1/route`; `none`: control knows no router's admin listener. */
export type AskRouter = (query: string) => Promise<AdminAnswer | undefined | "none">;

/** The route, for who may read. */
export const routeRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/route", (context) => as(context, parts, ["read"], () => routeAnswer(parts.askRouter, context.req.url)));
};

/** What a router says of an address, or why none says anything. */
export async function routeAnswer(ask: AskRouter, url: string): Promise<Response> {
  const answer = await ask(new URL(url).search.slice(1));
  if (answer === "none") {
    return problemResponse({
      status: 503,
      title: "No router to ask",
      detail:
        "control knows no router's admin listener; ask a router itself: antipode route IP --router http://HOST:PORT, where the router was started with --admin HOST:PORT",
    });
  }
  if (answer === undefined) {
    return problemResponse({
      status: 503,
      title: "The router does not answer",
      detail: "its admin listener gave no answer in time; antipode status shows which nodes are up",
    });
  }
  const { status, json } = answer;
  return Response.json(json ?? {}, { status: status >= 200 && status < 500 ? status : 502 });
}

/** Asks the routers of a config in turn, until one answers. */
export function firstRouter(nodes: readonly WatchedNode[], ask: AskAdmin): AskRouter {
  const urls = nodes.flatMap(({ role, adminUrl }) => (role === "router" && adminUrl !== undefined ? [adminUrl] : []));
  return async (query) => {
    for (const url of urls) {
      const answer = await ask(`${new URL("/v1/route", url)}?${query}`);
      if (answer !== undefined) return answer;
    }
    return urls.length === 0 ? "none" : undefined;
  };
}
