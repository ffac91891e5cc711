/** The API's frame: who asks, what they may, how long a body may be. The routes are in `api-*.ts`. */
import type { Context, Hono } from "hono";
import type { Settings } from "../core/config/settings.ts";
import type { FleetAuthority } from "../core/ledger/authority-port.ts";
import type { Clock } from "../core/ports.ts";
import { askRoutes } from "./api-asks.ts";
import { auditRoutes } from "./api-audit.ts";
import { enrolRoutes } from "./api-enrol.ts";
import { feedRoutes } from "./api-feed.ts";
import { fleetRoutes } from "./api-fleet.ts";
import { purgeRoutes } from "./api-purge.ts";
import { type AskRouter, routeRoutes } from "./api-route.ts";
import { settingRoutes } from "./api-settings.ts";
import { siteRoutes } from "./api-sites.ts";
import { tokenRoutes } from "./api-tokens.ts";
import { whyRoutes } from "./api-why.ts";
import type { Asks } from "./asks.ts";
import type { FleetState } from "./fleet-state.ts";
import type { LedgerService } from "./ledger-service.ts";
import { openApi } from "./openapi.ts";
import { type ApiProblem, badRequest, problemResponse } from "./problem.ts";
import type { PurgeRates } from "./purge-rates.ts";
import type { Receipts } from "./receipts.ts";
import { mayDo, type Principal, principalOf } from "./secrets.ts";

/** What the routes work with. */
export interface ApiParts {
  readonly ledger: LedgerService;
  readonly fleet: FleetState;
  readonly asks: Asks;
  readonly receipts: Receipts;
  readonly purgeRates: PurgeRates;
  readonly clock: Clock;
  /** Those in force now: what the ledger sets counts from the next request, beat or wait on. */
  readonly settings: Settings;
  readonly version: string;
  readonly askRouter: AskRouter;
  /** Says something to the operator. */
  say(line: string): void;
  /** Whether our own key has signed a head; a follower that is ahead proves it with one. */
  vouchesFor(head: unknown): boolean;
  /** Certifies nodes. */
  readonly authority: FleetAuthority;
  /** A token was made or made anew: what to show, and the file of control's that holds it now. */
  tokenMade(id: string, token: string): { readonly text: string; readonly file: string | undefined };
}

/** A handler's result: a body, or a refusal. */
export type Answer = Response | { readonly problem: ApiProblem };

/** Adds routes to the app. */
export type AddRoutes = (app: Hono, parts: ApiParts) => void;

/** Adds all of `/v1`. */
export function addApi(app: Hono, parts: ApiParts): void {
  for (const add of [
    siteRoutes,
    purgeRoutes,
    enrolRoutes,
    fleetRoutes,
    tokenRoutes,
    settingRoutes,
    auditRoutes,
    askRoutes,
    routeRoutes,
    whyRoutes,
    feedRoutes,
  ])
    add(app, parts);
  app.get("/v1/openapi.json", (context) => context.json(openApi(parts.version)));
  app.all("/v1/*", () =>
    problemResponse({
      status: 404,
      title: "Not found",
      detail: "the API has no such path; it is described at /v1/openapi.json",
    }),
  );
}

/** Runs `work` for somebody who has one of the scopes; 401 or 403 otherwise. */
export async function as(
  context: Context,
  { ledger }: ApiParts,
  needed: readonly string[],
  work: (principal: Principal) => Answer | Promise<Answer>,
): Promise<Response> {
  const principal = principalOf(ledger.snapshot, context.req.header("authorization"));
  if (principal === undefined) return problemResponse(UNAUTHORIZED);
  if (!mayDo(principal, needed)) {
    const detail = `this needs the scope ${needed.join(" or ")}; the token has ${principal.scopes.join(", ") || "none"}`;
    return problemResponse({ status: 403, title: "Not allowed", detail });
  }
  const answer = await work(principal);
  return answer instanceof Response ? answer : problemResponse(answer.problem);
}

const UNAUTHORIZED: ApiProblem = {
  status: 401,
  title: "Who are you?",
  detail:
    "send a token that control knows: Authorization: Bearer …, or set ANTIPODE_TOKEN; the admin's is in admin.token of control's data folder",
  headers: { "WWW-Authenticate": "Bearer" },
};

/** The JSON body of a request, at most `maxBytes` long. */
export async function jsonBody(
  context: Context,
  maxBytes: number,
): Promise<{ readonly value: unknown } | { readonly problem: ApiProblem }> {
  const tooLong: ApiProblem = { status: 413, title: "Too long", detail: `the body may have ${maxBytes} bytes` };
  if (Number(context.req.header("content-length") ?? 0) > maxBytes) return { problem: tooLong };
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of context.req.raw.body ?? []) {
    bytes += part.length;
    if (bytes > maxBytes) return { problem: tooLong };
    parts.push(part);
  }
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts))) };
  } catch {
    return { problem: badRequest("", "the body is not JSON in UTF-8") };
  }
}
