/** Answering what is not stored, or stale: join the flight of the key or lead it. */
import { mayServeOnError } from "../core/cache/decide.ts";
import { type ForwardReason, type Outcome, outcomeOfFailure, statusOfFailure } from "../core/cache/outcome.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Account } from "../core/http/cache-status.ts";
import { CONDITIONAL_FIELDS, evaluatePreconditions, hasValidator } from "../core/http/conditional.ts";
import { type FieldLine, type Fields, hasField, type RequestHead, withoutFields } from "../core/http/fields.ts";
import { selects, varyValues } from "../core/http/vary.ts";
import type { Reply, UpstreamFailure } from "../core/ports.ts";
import { unreachable } from "../core/unreachable.ts";
import type { Exchange } from "./exchange.ts";
import type { FlyingResponse, Landing } from "./flights.ts";
import { type FlightPlan, fly, type Landed } from "./fly.ts";
import { isOutdated, joinableSince } from "./invalidate.ts";
import { refuseBusy, refuseExchange } from "./refuse.ts";
import { answerFlying, relay } from "./relay.ts";
import { answerNotModified, answerStored, NOT_FOR_CLIENTS } from "./respond.ts";
import { type ForWaiters, share } from "./share.ts";
import { keepingAccount } from "./storing.ts";
import { storedOutcome } from "./variants.ts";

/** What was decided: to fetch, or to ask whether `candidate` is still good when it has a validator. */
export interface FillOrder<B> {
  readonly forward: ForwardReason;
  readonly candidate: StoredResponse<B> | undefined;
  /** Everything stored under the key: what it varies on tells which requests can share a flight. */
  readonly variants: readonly StoredResponse<B>[];
}

/** Another's fetch was of no use for this request: decide again. */
export interface Again {
  readonly kind: "again";
  /** What the responses for its key have turned out to vary on. */
  readonly learned: readonly string[];
}

/** Answers by fetching, or by what another one fetches. `learned`: from the last time. */
export async function fill<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  learned: readonly string[] = [],
): Promise<Reply<B> | Again> {
  const { edge, key } = exchange;
  if (edge.passMarkers.isMarked(key, edge.clock.nowMs())) return fillAlone(exchange, order, "hit-for-pass");
  const flightKey = flightKeyOf(exchange, order, learned);
  const held = edge.holdDown.of(flightKey, edge.clock.nowMs());
  if (held !== undefined)
    return answerFailure(exchange, order, { kind: "failed", failure: held, status: statusOfFailure(held) });
  const plan = planOf(order, flightKey);
  return share<B, Reply<B> | Again>(exchange, flightKey, {
    lead: async (inherited) => {
      const landed = await fly(exchange, plan, inherited);
      if (landed.kind === "failed") hold(exchange, flightKey, landed.failure);
      return answerLeader(exchange, order, landed, undefined);
    },
    waited: (landing) => answerWaiter(exchange, order, flightKey, landing),
    full: () => answerFull(exchange, order),
  });
}

function hold<B>({ edge }: Exchange<B>, flightKey: string, failure: UpstreamFailure | "server-error"): void {
  const nowMs = edge.clock.nowMs();
  edge.holdDown.failed(flightKey, failure, nowMs + edge.limits.errorHoldDownMs, nowMs);
}

/** Fetches without sharing. */
export async function fillAlone<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  outcome: Outcome | undefined,
): Promise<Reply<B>> {
  return answerLeader(exchange, order, await fly(exchange, planOf(order, undefined)), outcome);
}

/** Refreshes a stale response that has already answered (RFC 5861 §3); one refresh a key. */
export function refreshBehind<B>(exchange: Exchange<B>, order: FillOrder<B>): void {
  const { edge } = exchange;
  // The answer that goes out now was not waited for: its record says nothing of the origin.
  const asked = { upstream: undefined, headMs: undefined };
  // What is asked for a slice is its own already.
  const request = exchange.slice === undefined ? wholeRequest(exchange.request) : exchange.request;
  const behind = { ...exchange, request, asked };
  const flightKey = flightKeyOf(behind, order);
  if (edge.flights.has(flightKey)) return;
  const plan = { ...planOf(order, flightKey), isAwaited: false };
  edge.inBackground(
    fly(behind, plan).then((landed) => {
      if (landed.kind === "unshared" || landed.kind === "not-modified") edge.bodies.discard(landed.upstream.body);
      // Nobody reads it for its own sake: a body that turns out too long to keep is given up unless others read it.
      if (landed.kind === "shared") edge.bodies.discard(landed.response.spool.open());
    }),
  );
}

/** The request for all of a response, whatever part of it or condition on it a client asked for. */
function wholeRequest(request: RequestHead): RequestHead {
  const fields = request.fields.filter(([name]) => name !== "range" && !CONDITIONAL_FIELDS.has(name));
  return { ...request, method: "GET", fields };
}

/** How an order is flown. */
export function planOf<B>(order: FillOrder<B>, flightKey: string | undefined): FlightPlan<B> {
  const { candidate } = order;
  return { flightKey, candidate, validate: validates(order), isAwaited: true, keptFields: namesVariedOn(order) };
}

/** The request fields that any stored response of the key varies on. */
export function namesVariedOn<B>({ variants }: FillOrder<B>): ReadonlySet<string> {
  return new Set(variants.flatMap((variant) => variant.varyOn.map(([name]) => name)));
}

/** Whether the request goes out with our validators. */
export function validates<B>(order: FillOrder<B>): boolean {
  return order.candidate !== undefined && hasValidator(order.candidate.head.fields);
}

/** Requests share a flight when the origin would get the same request: same key, selection and conditions. */
export function flightKeyOf<B>(exchange: Exchange<B>, order: FillOrder<B>, learned: readonly string[] = []): string {
  const { request, key } = exchange;
  const names = new Set([...namesVariedOn(order), ...learned]);
  const selection = varyValues(request.fields, [...names].sort());
  const conditions = validates(order)
    ? []
    : request.fields.filter(([name]) => name === "range" || CONDITIONAL_FIELDS.has(name));
  // What is fetched since before an invalidation is not for those who ask after it.
  const since = joinableSince(exchange);
  return JSON.stringify([key, request.target, request.method, validates(order), selection, conditions, since]);
}

function answerLeader<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  landed: Landed<B>,
  outcome: Outcome | undefined,
): Reply<B> {
  switch (landed.kind) {
    case "shared": {
      const account = accountOfFlying(exchange, order, landed.response, outcome);
      const reply = answerFlying(exchange, landed.response, landed.upstream.head.fields, account);
      return reply ?? refuseExchange(exchange, 502, "origin-reset");
    }
    case "freshened":
      return answerFreshened(
        exchange,
        withFields(landed.stored, landed.forOne),
        accountOf(order, outcome ?? "revalidated", { forwardStatus: 304 }),
      );
    case "not-modified":
      return relay(exchange, landed.upstream, accountOf(order, outcome ?? "not-stored", { reason: "status" }));
    case "unshared":
      return relay(exchange, landed.upstream, accountOf(order, outcome ?? "not-stored", { reason: landed.reason }));
    case "failed":
      return answerFailure(exchange, order, landed);
    default:
      return unreachable(landed);
  }
}

function answerWaiter<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  flightKey: string,
  landing: ForWaiters<B>,
): Promise<Reply<B>> | Reply<B> | Again {
  const account = accountOf(order, "collapsed", { collapsed: true });
  switch (landing.kind) {
    case "shared": {
      const { admitted, requestAtMs } = landing.response;
      if (!isFor(exchange, admitted, requestAtMs)) return again(admitted.varyOn);
      const reply = answerFlying(exchange, landing.response, undefined, account);
      if (reply !== undefined) return reply;
      // Its beginning is gone: who comes from now on shares another fetch.
      exchange.edge.flights.retire(flightKey, landing);
      return again(admitted.varyOn);
    }
    case "freshened":
      if (!isFor(exchange, landing.stored, landing.stored.requestAtMs)) return again(landing.stored.varyOn);
      return answerFreshened(exchange, landing.stored, account);
    case "not-modified":
      if (!selects(exchange.request.fields, landing.varyOn, landing.head.fields)) return again(landing.varyOn);
      return answerNotModified(exchange, withoutFields(landing.head.fields, NOT_FOR_CLIENTS), account);
    case "unshared":
      return fillAlone(exchange, order, undefined);
    case "failed":
      return answerFailure(exchange, order, landing);
    case "left":
      return refuseExchange(exchange, statusOfFailure("cancelled"), "client-left");
    default:
      return unreachable(landing);
  }
}

function again(varyOn: readonly FieldLine[]): Again {
  return { kind: "again", learned: varyOn.map(([name]) => name) };
}

/** Too many wait already. A stale response is better than none. */
function answerFull<B>(exchange: Exchange<B>, order: FillOrder<B>): Reply<B> {
  const { candidate, forward } = order;
  if (candidate !== undefined && mayServeOnError(candidate, exchange.edge.clock.nowMs())) {
    return answerFreshened(exchange, candidate, { outcome: "stale-if-error", forward });
  }
  return refuseBusy(exchange, "waiters-full", forward);
}

/** A stored response with further fields, for one answer. */
export function withFields<B>(stored: StoredResponse<B>, further: Fields): StoredResponse<B> {
  if (further.length === 0) return stored;
  return { ...stored, head: { status: stored.head.status, fields: [...stored.head.fields, ...further] } };
}

/** Whether what another request fetched answers this one: it selects it, and nothing made it invalid meanwhile. */
export function isFor<B>(
  exchange: Exchange<B>,
  response: Pick<StoredResponse<B>, "varyOn" | "head">,
  requestAtMs: number,
): boolean {
  const { varyOn, head } = response;
  return selects(exchange.request.fields, varyOn, head.fields) && !isOutdated(exchange, head.fields, requestAtMs);
}

/** Answers from a response that the origin has just confirmed, as the client's own conditions have it. */
export function answerFreshened<B>(exchange: Exchange<B>, stored: StoredResponse<B>, account: Account): Reply<B> {
  const nowMs = exchange.edge.clock.nowMs();
  const verdict = evaluatePreconditions(exchange.request.fields, stored.head.fields, nowMs);
  return answerStored(exchange, stored, {
    notModified: verdict === "not-modified" && stored.head.status === 200,
    account,
  });
}

/** The origin failed: a stale response if it may be served, else an error (RFC 9111 §4.2.4). */
export function answerFailure<B>(
  exchange: Exchange<B>,
  order: Pick<FillOrder<B>, "candidate" | "forward">,
  landing: Extract<Landing<B>, { kind: "failed" }>,
): Reply<B> {
  const { candidate } = order;
  if (candidate !== undefined && mayServeOnError(candidate, exchange.edge.clock.nowMs())) {
    const forwardStatus = landing.failure === "server-error" ? landing.status : undefined;
    return answerFreshened(exchange, candidate, { outcome: "stale-if-error", forward: order.forward, forwardStatus });
  }
  const outcome = landing.failure === "server-error" ? "origin-error" : outcomeOfFailure(landing.failure);
  // A cache that may not serve stale and cannot validate answers 504 (RFC 9111 §5.2.2.2).
  const disconnected = candidate?.freshness.neverStale && hasField(candidate.head.fields, "cache-control");
  return refuseExchange(exchange, disconnected ? 504 : landing.status, outcome);
}

function accountOfFlying<B>(
  exchange: Exchange<B>,
  order: FillOrder<B>,
  flying: FlyingResponse<B>,
  outcome: Outcome | undefined,
): Account {
  if (flying.unkept !== undefined) {
    const account = keepingAccount(flying, order.forward);
    return { ...account, outcome: outcome ?? account.outcome };
  }
  const { id } = flying.admitted;
  const stored = validates(order) ? "revalidated-changed" : storedOutcome(exchange, order.variants, id);
  return accountOf(order, outcome ?? stored, { stored: true });
}

function accountOf<B>(
  order: FillOrder<B>,
  outcome: Outcome,
  more: Pick<Account, "stored" | "collapsed" | "reason" | "forwardStatus">,
): Account {
  return { outcome, forward: order.forward, ...more };
}
