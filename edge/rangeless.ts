/** What an origin sends in place of a slice: the whole, since it knows no ranges, or what may not be shared. */
import { bodyVersion } from "../core/cache/continuation.ts";
import { ageSeconds } from "../core/cache/freshness.ts";
import type { ForwardReason, Outcome } from "../core/cache/outcome.ts";
import { partInSlice, sliceBytesOf, sliceSpan, wholeOfSlice } from "../core/cache/slices.ts";
import type { Account } from "../core/http/cache-status.ts";
import { ifRangeHolds } from "../core/http/conditional.ts";
import { type Fields, fieldValue, hasField } from "../core/http/fields.ts";
import { contentRange, evaluateRange } from "../core/http/range.ts";
import type { Reply } from "../core/ports.ts";
import { answer, type Exchange } from "./exchange.ts";
import type { FlyingResponse } from "./flights.ts";
import { pass } from "./pass.ts";
import { markRange } from "./range-marks.ts";
import { refuseExchange } from "./refuse.ts";
import { answerFlying, relay } from "./relay.ts";
import { answerUnsatisfiable, partFields, storedFields } from "./respond.ts";
import type { Unshared } from "./slice.ts";
import { beginStoring, declaredBytes, keepingAccount, storeWhenWhole } from "./storing.ts";

/** Why a range goes to the origin. */
export interface Why {
  readonly forward: ForwardReason;
  readonly outcome: Outcome;
}

/** Begins to store or to share the whole that came in place of a slice. Undefined: it is none, or not to be shared. */
export function takeWhole<B>(exchange: Exchange<B>, upstream: Unshared<B>): FlyingResponse<B> | undefined {
  const { edge } = exchange;
  if (upstream.head.status !== 200) return undefined;
  markRange(exchange, "unsliced");
  const goesOnUnread = (share = 0): boolean => share * 100 >= edge.limits.unreadFillKeepPercent;
  const storing = beginStoring(exchange, upstream, { keptFields: new Set(), goesOnUnread });
  return storing.kind === "storing" ? storing.flying : undefined;
}

/**
 * The part of a whole on its way that a request wants, where its length is known; else all of it. Undefined: its
 * beginning is gone. `own`: the fields as they came, for the client whose request fetched them.
 */
export function answerFromWhole<B>(
  exchange: Exchange<B>,
  flying: FlyingResponse<B>,
  account: Account,
  own: Fields | undefined,
): Reply<B> | undefined {
  const { request, edge } = exchange;
  const { head, freshness } = flying.admitted;
  const nowMs = edge.clock.nowMs();
  const bytes = declaredBytes(head.fields);
  if (bytes === undefined || !ifRangeHolds(request.fields, head.fields, nowMs)) {
    return answerFlying(exchange, flying, own, account);
  }
  const verdict = evaluateRange(fieldValue(request.fields, "range"), bytes, edge.limits.rangesPerRequestMax);
  if (verdict.kind === "whole" || (verdict.kind === "spans" && verdict.spans.length > 1)) {
    return answerFlying(exchange, flying, own, account);
  }
  const body = flying.spool.open();
  if (body === undefined) return undefined;
  const age = ageSeconds(freshness, flying.responseAtMs, nowMs);
  const fields = storedFields(head.fields, age);
  const told = { ...account, ttlSeconds: freshness.lifetimeSeconds - age };
  const [span] = verdict.kind === "spans" ? verdict.spans : [];
  if (span === undefined) {
    edge.bodies.discard(body);
    return answerUnsatisfiable(exchange, fields, bytes, told);
  }
  const part = edge.bodies.part(body, span);
  return answer(exchange, { status: 206, fields: partFields(fields, span, bytes), body: part }, told);
}

/** The answer to the client whose request brought the whole. */
export function answerTaken<B>(
  exchange: Exchange<B>,
  flying: FlyingResponse<B>,
  upstream: Unshared<B>,
  { forward }: Why,
): Reply<B> {
  const account = keepingAccount(flying, forward);
  const reply = answerFromWhole(exchange, flying, account, upstream.head.fields);
  return reply ?? refuseExchange(exchange, 502, "origin-reset");
}

/** What came is for this request alone, and until further notice this key has no slices. */
export function answerUnshared<B>(
  exchange: Exchange<B>,
  { upstream, reason }: { readonly upstream: Unshared<B>; readonly reason: string },
  index: number,
  passing: Why,
): Reply<B> | Promise<Reply<B>> {
  const why: Why = reason === "fills-full" ? { ...passing, outcome: reason } : passing;
  const taken = takeWhole(exchange, upstream);
  if (taken !== undefined) {
    exchange.edge.inBackground(storeWhenWhole(exchange, taken));
    return answerTaken(exchange, taken, upstream, why);
  }
  if (upstream.head.status !== 206) return relay(exchange, upstream, why);
  // That there was no room to keep it says nothing of what it is like.
  if (reason !== "fills-full") markRange(exchange, "unsliced");
  if (isJustThat(exchange, upstream)) return relay(exchange, upstream, why);
  return answerFromOne(exchange, upstream, index, why) ?? passInstead(exchange, upstream, why);
}

function passInstead<B>(exchange: Exchange<B>, upstream: Unshared<B>, why: Why): Promise<Reply<B>> {
  exchange.edge.bodies.discard(upstream.body);
  return pass(exchange, why);
}

/** Whether a 206 is the client's own range, though not the slice that was asked for. */
function isJustThat<B>({ request, edge }: Exchange<B>, { head }: Unshared<B>): boolean {
  const came = fieldValue(head.fields, "content-range") ?? "";
  const bytes = Number(/\/(\d{1,15})$/.exec(came)?.[1] ?? 0);
  const verdict = evaluateRange(fieldValue(request.fields, "range"), bytes, edge.limits.rangesPerRequestMax);
  const [span, ...others] = verdict.kind === "spans" ? verdict.spans : [];
  if (span === undefined || others.length > 0 || hasField(request.fields, "if-range")) return false;
  return came.toLowerCase() === contentRange(span, bytes);
}

/** A slice that may not be stored answers this request alone, if the range lies in it. */
function answerFromOne<B>(exchange: Exchange<B>, upstream: Unshared<B>, index: number, why: Why): Reply<B> | undefined {
  const { edge, request } = exchange;
  const slice = sliceSpan(index, sliceBytesOf(edge.limits));
  const whole = wholeOfSlice(upstream.head, slice);
  const version = whole && bodyVersion(whole);
  if (whole === undefined || version === undefined || upstream.body === undefined) return undefined;
  if (!ifRangeHolds(request.fields, whole.fields, edge.clock.nowMs())) return undefined;
  const verdict = evaluateRange(fieldValue(request.fields, "range"), version.bytes, edge.limits.rangesPerRequestMax);
  const [span, ...others] = verdict.kind === "spans" ? verdict.spans : [];
  if (span === undefined || others.length > 0 || span.first < slice.first || span.last > slice.last) return undefined;
  const body = edge.bodies.part(upstream.body, partInSlice(span, slice));
  const fields = partFields(upstream.head.fields, span, version.bytes);
  return relay(exchange, { head: { status: 206, fields }, body }, why);
}
