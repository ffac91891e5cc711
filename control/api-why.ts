/** Why a URL is answered as it is: asked of the edges over the feed, and of a router which of them a client gets. */
import { type AddRoutes, type Answer, type ApiParts, as } from "./api.ts";
import { badRequest } from "./problem.ts";

/** How long edges may take to say. */
const WAIT_MS = 3_000;
/** Header lines of a question. */
const HEADERS_MAX = 50;

/** The route, for who may read. */
export const whyRoutes: AddRoutes = (app, parts) => {
  app.get("/v1/why", (context) => as(context, parts, ["read"], () => why(parts, new URL(context.req.url))));
};

async function why({ asks, ledger, fleet, clock, askRouter }: ApiParts, { searchParams }: URL): Promise<Answer> {
  const text = searchParams.get("url") ?? "";
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return { problem: badRequest("url", `"${text}" is no URL`, "write for example https://www.example.com/page") };
  }
  const headers = searchParams.getAll("header");
  if (headers.length > HEADERS_MAX) return { problem: badRequest("header", `at most ${HEADERS_MAX}`) };
  const from = searchParams.get("from") ?? undefined;
  const method = searchParams.get("method") ?? "GET";
  const scheme = url.protocol.slice(0, -1);
  const authority = url.host;
  const about = {
    scheme,
    authority,
    target: url.pathname + url.search,
    method,
    headers,
    ...(from !== undefined && { from }),
  };
  const edges = fleet.view(ledger.snapshot, clock.nowMs()).filter(({ role }) => role === "edge");
  const there = edges.filter(({ state }) => state === "current" || state === "behind").map(({ id }) => id);
  const answers = await asks.ask(there, { kind: "why", about, waitMs: WAIT_MS });
  if (answers === undefined)
    return { problem: { status: 503, title: "Busy", detail: "too many questions are open; try again in a moment" } };
  const route = from === undefined ? undefined : await routeOf(askRouter, from, url.hostname);
  const answered = new Set(answers.map(({ id }) => id));
  return Response.json({
    url: url.href,
    ...(route !== undefined && { route }),
    edges: answers.map(({ id, answer }) => ({ id, ...objectOf(answer) })),
    silent: edges.map(({ id }) => id).filter((id) => !answered.has(id)),
  });
}

async function routeOf(ask: ApiParts["askRouter"], from: string, host: string): Promise<unknown> {
  const answer = await ask(`ip=${encodeURIComponent(from)}&host=${encodeURIComponent(host)}`);
  return answer === undefined || answer === "none" ? undefined : answer.json;
}

function objectOf(answer: unknown): object {
  return typeof answer === "object" && answer !== null ? answer : {};
}
