/** One fetch for a key, from the request to the stored response: what a flight's leader does. */
import { admit } from "../core/cache/admit.ts";
import { mayServeOnError } from "../core/cache/decide.ts";
import { statusOfFailure } from "../core/cache/outcome.ts";
import {
  type Confirmation,
  type Confirmed,
  confirms,
  freshen,
  OF_THE_REQUEST,
  withValidators,
} from "../core/cache/revalidate.ts";
import { rangeLine } from "../core/cache/slices.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import { CONDITIONAL_FIELDS, isConditional } from "../core/http/conditional.ts";
import type { Fields } from "../core/http/fields.ts";
import type { UpstreamFailure } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Fetched, fetchOrigin } from "./fetch.ts";
import type { Lead } from "./flight.ts";
import type { FlyingResponse, Landing } from "./flights.ts";
import { isUsable } from "./invalidate.ts";
import { beginStoring, putConfirmed, storeWhenWhole } from "./storing.ts";

/** What to fetch and what there is already. */
export interface FlightPlan<B> {
  /** Undefined: nobody may join. */
  readonly flightKey: string | undefined;
  /** A stored response that is stale: to be validated, or to stand in on failure. */
  readonly candidate: StoredResponse<B> | undefined;
  /** Send the candidate's validators instead of the client's conditions. */
  readonly validate: boolean;
  /** For a client that waits: it gets interim responses, and without it the fetch may be given up. */
  readonly isAwaited: boolean;
  /** Request fields that stored responses vary on: they go through although denied. */
  readonly keptFields: ReadonlySet<string>;
}

type Response<B> = Extract<Fetched<B>, { kind: "response" }>;

/** What the leader gets; like a landing, but with the body when it is for nobody else. */
export type Landed<B> =
  | Extract<Landing<B>, { kind: "failed" }>
  | ({ readonly kind: "freshened" } & Confirmed<B>)
  | { readonly kind: "shared"; readonly response: FlyingResponse<B>; readonly upstream: Response<B> }
  | { readonly kind: "not-modified"; readonly upstream: Response<B> }
  | { readonly kind: "unshared"; readonly upstream: Response<B>; readonly reason: string };

/** Fetches, stores what may be stored, and tells those who wait. `inherited`: the flight whose leader failed before. */
export async function fly<B>(exchange: Exchange<B>, plan: FlightPlan<B>, inherited?: Lead<B>): Promise<Landed<B>> {
  const { edge, incoming } = exchange;
  const lead = inherited ?? edge.flights.start(plan.flightKey, edge.limits);
  if (plan.isAwaited) lead.follow(incoming.cancellation);
  try {
    const landed = await land(exchange, plan, lead);
    if (saysNothingForOthers(exchange, plan, landed) && lead.handOver()) return landed;
    lead.land(landingOf(exchange, landed));
    if (landed.kind === "shared") edge.inBackground(untilSealed(exchange, landed.response).finally(() => lead.end()));
    else lead.end();
    return landed;
  } catch (error) {
    // A bug of ours: those who wait must not wait for ever.
    lead.land({ kind: "unshared" });
    lead.end();
    throw error;
  }
}

/** Failures that say nothing of the request: any other would fail as well. */
export const ALIKE_FOR_ALL: ReadonlySet<string> = new Set(["forbidden-address", "busy", "unavailable"]);

/** Settles when nobody can join any more, and what is to be stored is stored. */
export async function untilSealed<B>(exchange: Exchange<B>, flying: FlyingResponse<B>): Promise<void> {
  await storeWhenWhole(exchange, flying);
  await flying.spool.sealed;
}

/** Whether another request for the same might well fare better: then one of those who wait tries, and not all of them. */
function saysNothingForOthers<B>({ edge }: Exchange<B>, { candidate }: FlightPlan<B>, landed: Landed<B>): boolean {
  switch (landed.kind) {
    case "failed":
      if (ALIKE_FOR_ALL.has(landed.failure)) return false;
      // Who has a stale response to fall back on need not wait longer.
      return candidate === undefined || !mayServeOnError(candidate, edge.clock.nowMs());
    case "unshared":
      return OF_THE_REQUEST.has(landed.reason) || landed.upstream.head.status >= 500;
    case "freshened":
      return landed.use === "one";
    default:
      return false;
  }
}

function landingOf<B>(exchange: Exchange<B>, landed: Landed<B>): Landing<B> {
  switch (landed.kind) {
    case "not-modified":
      return sharedNotModified(exchange, landed.upstream);
    case "unshared":
      return { kind: "unshared" };
    case "freshened":
      return landed.use === "all" ? landed : { kind: "unshared" };
    default:
      return landed;
  }
}

/** A 304 may be shared where a 200 with its fields might be stored: it can be one user's, or set a cookie. */
function sharedNotModified<B>(exchange: Exchange<B>, { head, times }: Response<B>): Landing<B> {
  const { request, rules, edge } = exchange;
  const response = { status: 200, fields: head.fields };
  const admission = admit({ request, response, times, rules, closeDelimited: false, limits: edge.limits });
  if (admission.kind === "refused") return { kind: "unshared" };
  return { kind: "not-modified", head: admission.head, varyOn: admission.varyOn };
}

async function land<B>(
  exchange: Exchange<B>,
  plan: FlightPlan<B>,
  lead: Lead<B>,
  isRefuted = false,
): Promise<Landed<B>> {
  const { edge, request } = exchange;
  const { candidate } = plan;
  // Who takes over for a leader that failed may come after a purge: what is gone by then is no validator.
  const validate = plan.validate && candidate !== undefined && !isRefuted && isUsable(exchange, candidate);
  const unvalidated = plan.validate ? unconditional(request.fields) : request.fields;
  const fetched = await fetchOrigin(exchange, {
    fields: validate ? validating(exchange, candidate) : unvalidated,
    cancellation: lead.deserted,
    keptFields: plan.keptFields,
    relayInterim: plan.isAwaited,
  });
  if (fetched.kind === "failure") return failed(fetched.failure);
  if (fetched.head.status === 304) {
    if (!plan.validate) return notModified(exchange, fetched);
    edge.bodies.discard(fetched.body);
    if (!validate) return failed("malformed");
    if (confirms(candidate, fetched.head) && isUsable(exchange, candidate))
      return freshened(exchange, candidate, fetched);
    // A 304 about something that we did not ask about (FAULTS R11), or that was purged meanwhile: fetch it whole, once.
    return land(exchange, plan, lead, true);
  }
  if (fetched.head.status >= 500 && candidate !== undefined && mayServeOnError(candidate, edge.clock.nowMs())) {
    edge.bodies.discard(fetched.body);
    return { kind: "failed", failure: "server-error", status: fetched.head.status };
  }
  return settle(exchange, plan, lead, fetched);
}

/** Without the conditions of one client: others share what comes of a validation, whatever they said. */
function unconditional(fields: Fields): Fields {
  return fields.filter(([name]) => !CONDITIONAL_FIELDS.has(name));
}

/** A slice stays a range: of another version the origin then sends that slice, and not the whole (RFC 9110 §13.2.2). */
function validating<B>({ request, slice }: Exchange<B>, candidate: StoredResponse<B>): Fields {
  const fields = withValidators(request.fields, candidate);
  return slice === undefined ? fields : [...fields, rangeLine(slice.span)];
}

function failed<B>(failure: UpstreamFailure): Landed<B> {
  return { kind: "failed", failure, status: statusOfFailure(failure) };
}

async function freshened<B>(
  exchange: Exchange<B>,
  candidate: StoredResponse<B>,
  fetched: Response<B>,
): Promise<Landed<B>> {
  const confirmed = freshen(candidate, confirmationOf(exchange, fetched));
  await putConfirmed(exchange, candidate, confirmed);
  return { kind: "freshened", ...confirmed };
}

/** What the origin confirmed, for `freshen`. */
export function confirmationOf<B>({ request, rules, edge }: Exchange<B>, fetched: Response<B>): Confirmation {
  return { request, response: fetched.head, times: fetched.times, rules, limits: edge.limits };
}

/** A 304 to the client's own condition; where there was none it answers nothing. */
function notModified<B>(exchange: Exchange<B>, fetched: Response<B>): Landed<B> {
  if (isConditional(exchange.request.fields)) return { kind: "not-modified", upstream: fetched };
  exchange.edge.bodies.discard(fetched.body);
  return failed("malformed");
}

function settle<B>(exchange: Exchange<B>, plan: FlightPlan<B>, lead: Lead<B>, fetched: Response<B>): Landed<B> {
  const { edge, key } = exchange;
  const storing = beginStoring(exchange, fetched, {
    keptFields: plan.keptFields,
    goesOnUnread: (share = 0) =>
      !plan.isAwaited || lead.isAwaited() || share * 100 >= edge.limits.unreadFillKeepPercent,
  });
  if (storing.kind === "storing") {
    edge.passMarkers.unmark(key);
    return { kind: "shared", response: storing.flying, upstream: fetched };
  }
  const { reason } = storing;
  if (!OF_THE_REQUEST.has(reason) && reason !== "fills-full" && fetched.head.status < 500) {
    edge.passMarkers.mark(key, edge.clock.nowMs() + edge.limits.hitForPassSeconds * 1000);
  }
  return { kind: "unshared", upstream: fetched, reason };
}
