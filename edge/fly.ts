/** One fetch for a key, from the request to the stored response: what a flight's leader does. */
import { mayServeOnError } from "../core/cache/decide.ts";
import { confirms, freshen, withValidators } from "../core/cache/revalidate.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import { Cancellation } from "../core/cancellation.ts";
import type { UpstreamFailure } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { type Fetched, fetchOrigin } from "./fetch.ts";
import type { FlyingResponse, Landing } from "./flights.ts";
import { beginStoring, storeWhenWhole } from "./storing.ts";

/** What to fetch and what there is already. */
export interface FlightPlan<B> {
  readonly flightKey: string;
  /** A stored response that is stale: to be validated, or to stand in on failure. */
  readonly candidate: StoredResponse<B> | undefined;
  /** Send the candidate's validators instead of the client's conditions. */
  readonly validate: boolean;
  /** Relay interim responses to this client. */
  readonly relayInterim: boolean;
}

type Response<B> = Extract<Fetched<B>, { kind: "response" }>;

/** What the leader gets; like a landing, but with the body when it is for nobody else. */
export type Landed<B> =
  | Exclude<Landing<B>, { kind: "unshared" | "shared" | "not-modified" }>
  | { readonly kind: "shared"; readonly response: FlyingResponse<B>; readonly upstream: Response<B> }
  | { readonly kind: "not-modified"; readonly upstream: Response<B> }
  | { readonly kind: "unshared"; readonly upstream: Response<B>; readonly reason: string };

/** Fetches, stores what may be stored, and tells those who wait. */
export async function fly<B>(exchange: Exchange<B>, plan: FlightPlan<B>): Promise<Landed<B>> {
  const { edge, incoming } = exchange;
  const flight = edge.flights.start(plan.flightKey);
  const cancellation = new Cancellation();
  const stopListening = incoming.cancellation.onCancel(() => {
    if (flight.waiters() === 0) cancellation.cancel();
  });
  try {
    const landed = await land(exchange, plan, cancellation);
    stopListening();
    flight.land(landingOf(landed));
    if (landed.kind === "shared")
      edge.inBackground(storeWhenWhole(exchange, landed.response).finally(() => flight.end()));
    else flight.end();
    return landed;
  } catch (error) {
    // A bug of ours: those who wait must not wait for ever.
    flight.land({ kind: "unshared" });
    flight.end();
    throw error;
  }
}

function landingOf<B>(landed: Landed<B>): Landing<B> {
  switch (landed.kind) {
    case "not-modified":
      return { kind: "not-modified", head: landed.upstream.head };
    case "unshared":
      return { kind: "unshared" };
    default:
      return landed;
  }
}

async function land<B>(exchange: Exchange<B>, plan: FlightPlan<B>, cancellation: Cancellation): Promise<Landed<B>> {
  const { edge, request } = exchange;
  const { candidate } = plan;
  const validate = plan.validate && candidate !== undefined;
  const fetched = await fetchOrigin(exchange, {
    fields: validate ? withValidators(request.fields, candidate) : request.fields,
    cancellation,
    keptFields: new Set(candidate?.varyOn.map(([name]) => name)),
    relayInterim: plan.relayInterim,
  });
  if (fetched.kind === "failure") return failed(fetched.failure);
  if (fetched.head.status === 304) {
    if (!validate) return { kind: "not-modified", upstream: fetched };
    edge.bodies.discard(fetched.body);
    if (confirms(candidate, fetched.head)) return freshened(exchange, candidate, fetched);
    // A 304 about something that we did not ask about: fetch it whole, once (FAULTS R11).
    return land(exchange, { ...plan, validate: false }, cancellation);
  }
  if (fetched.head.status >= 500 && candidate !== undefined && mayServeOnError(candidate, edge.clock.nowMs())) {
    edge.bodies.discard(fetched.body);
    return { kind: "failed", failure: "server-error", status: fetched.head.status };
  }
  return settle(exchange, fetched);
}

function failed<B>(failure: UpstreamFailure): Landed<B> {
  const timedOut = failure === "connect-timeout" || failure === "first-byte-timeout";
  return { kind: "failed", failure, status: timedOut ? 504 : 502 };
}

async function freshened<B>(
  exchange: Exchange<B>,
  candidate: StoredResponse<B>,
  fetched: Response<B>,
): Promise<Landed<B>> {
  const stored = freshen(candidate, exchange.request, fetched.head, fetched.times, exchange.rules);
  await exchange.edge.store.put(exchange.key, stored);
  return { kind: "freshened", stored };
}

function settle<B>(exchange: Exchange<B>, fetched: Response<B>): Landed<B> {
  const { edge, key } = exchange;
  const storing = beginStoring(exchange, fetched);
  if (storing.kind === "storing") {
    edge.passMarkers.unmark(key);
    return { kind: "shared", response: storing.flying, upstream: fetched };
  }
  if (storing.reason !== "request-no-store") {
    edge.passMarkers.mark(key, edge.clock.nowMs() + edge.limits.hitForPassSeconds * 1000);
  }
  return { kind: "unshared", upstream: fetched, reason: storing.reason };
}
