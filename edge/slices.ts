/** Answers to a range of what is not stored: from slices, each stored by itself, fetched only as far as they are read. */
import { bodyVersion } from "../core/cache/continuation.ts";
import { ageSeconds } from "../core/cache/freshness.ts";
import { type ForwardReason, type Outcome, statusOfFailure } from "../core/cache/outcome.ts";
import { partInSlice, sliceBytesOf, slicedFrom, sliceSpan, wholeOfSlice } from "../core/cache/slices.ts";
import { requestDirectives } from "../core/http/cache-control.ts";
import type { Account } from "../core/http/cache-status.ts";
import { ifRangeHolds } from "../core/http/conditional.ts";
import { fieldValue, hasField } from "../core/http/fields.ts";
import { contentRange, evaluateRange } from "../core/http/range.ts";
import type { Reply } from "../core/ports.ts";
import { unreachable } from "../core/unreachable.ts";
import { answer, type Exchange } from "./exchange.ts";
import { answerFailure } from "./fill.ts";
import { pass } from "./pass.ts";
import { refuseBusy, refuseExchange } from "./refuse.ts";
import { answerFlying, relay } from "./relay.ts";
import { answerUnsatisfiable, partFields, storedFields } from "./respond.ts";
import { bodyOfSlices, fetchSlice, type Slice, type Unshared } from "./slice.ts";
import { beginStoring, storeWhenWhole } from "./storing.ts";

type Why = { readonly forward: ForwardReason; readonly outcome: Outcome };

/** Answers a request for a range of what is not stored. What slices cannot answer is passed as it stands. */
export async function serveRange<B>(exchange: Exchange<B>, why: Why): Promise<Reply<B>> {
  const { edge, request } = exchange;
  const first = slicedFrom(request);
  if (first === undefined || requestDirectives(request.fields).noStore) return pass(exchange, why);
  if (edge.passMarkers.isMarked(markOf(exchange), edge.clock.nowMs())) return pass(exchange, why);
  const index = Math.floor(first / sliceBytesOf(edge.limits));
  const got = await fetchSlice(exchange, index);
  switch (got.kind) {
    case "slice":
      return answerSlices(exchange, got.slice, index) ?? pass(exchange, why);
    case "unshared":
      return answerUnshared(exchange, got.upstream, index, why);
    case "alone":
      return pass(exchange, why);
    case "full":
      return refuseBusy(exchange, "waiters-full", why.forward);
    case "left":
      return refuseExchange(exchange, statusOfFailure("cancelled"), "client-left");
    case "failed":
      return answerFailure(exchange, { candidate: undefined, forward: why.forward }, got);
    default:
      return unreachable(got);
  }
}

/** Under which name it is remembered that slices are of no use for a key. What holds for credentials says nothing of others. */
function markOf<B>({ ownKey, request }: Exchange<B>): string {
  return `slices ${hasField(request.fields, "authorization") ? "authorized " : ""}${ownKey}`;
}

function mark<B>(exchange: Exchange<B>): void {
  const { passMarkers, clock, limits } = exchange.edge;
  passMarkers.mark(markOf(exchange), clock.nowMs() + limits.hitForPassSeconds * 1_000);
}

/** The answer from the slice where the range begins, and those behind it. Undefined: the client's condition is not met. */
function answerSlices<B>(exchange: Exchange<B>, slice: Slice<B>, index: number): Reply<B> | undefined {
  const { edge, request } = exchange;
  const nowMs = edge.clock.nowMs();
  const version = bodyVersion(slice.head);
  if (version === undefined || !ifRangeHolds(request.fields, slice.head.fields, nowMs)) return undefined;
  const verdict = evaluateRange(fieldValue(request.fields, "range"), version.bytes, edge.limits.rangesPerRequestMax);
  const age = ageSeconds(slice.freshness, slice.responseAtMs, nowMs);
  const account = { ...slice.account, ttlSeconds: slice.freshness.lifetimeSeconds - age };
  const fields = storedFields(slice.head.fields, age);
  if (verdict.kind === "unsatisfiable") {
    const outcome = account.outcome === "hit-range" ? "hit-range-unsatisfiable" : account.outcome;
    return answerUnsatisfiable(exchange, fields, version.bytes, { ...account, outcome });
  }
  const [span] = verdict.kind === "spans" ? verdict.spans : [];
  if (span === undefined) return undefined;
  const body = bodyOfSlices(exchange, { slice, index, version, span });
  return answer(exchange, { status: 206, fields: partFields(fields, span, version.bytes), body }, account);
}

/** What came in place of a slice that may be shared; until further notice this key has none. */
function answerUnshared<B>(
  exchange: Exchange<B>,
  upstream: Unshared<B>,
  index: number,
  why: Why,
): Reply<B> | Promise<Reply<B>> {
  const { status } = upstream.head;
  if (status === 200) return answerWhole(exchange, upstream, why);
  if (status !== 206) return relay(exchange, upstream, why);
  mark(exchange);
  if (isJustThat(exchange, upstream)) return relay(exchange, upstream, why);
  return answerFromOne(exchange, upstream, index, why) ?? passInstead(exchange, upstream, why);
}

function passInstead<B>(exchange: Exchange<B>, upstream: Unshared<B>, why: Why): Promise<Reply<B>> {
  exchange.edge.bodies.discard(upstream.body);
  return pass(exchange, why);
}

/** The origin knows no ranges: what it sends is the whole, and is stored if it may be. */
function answerWhole<B>(exchange: Exchange<B>, upstream: Unshared<B>, why: Why): Reply<B> {
  const { edge } = exchange;
  mark(exchange);
  const goesOnUnread = (share = 0): boolean => share * 100 >= edge.limits.unreadFillKeepPercent;
  const storing = beginStoring(exchange, upstream, { keptFields: new Set(), goesOnUnread });
  if (storing.kind === "refused") return relay(exchange, upstream, why);
  edge.inBackground(storeWhenWhole(exchange, storing.flying));
  const account: Account = storing.flying.isKept
    ? { outcome: "stored", forward: why.forward, stored: true }
    : { outcome: "not-stored", forward: why.forward, reason: "too-large" };
  return (
    answerFlying(exchange, storing.flying, upstream.head.fields, account) ??
    refuseExchange(exchange, 502, "origin-reset")
  );
}

/** Whether a 206 is the client's own range, though not the slice that was asked for. */
function isJustThat<B>({ request, edge }: Exchange<B>, { head }: Unshared<B>): boolean {
  const came = fieldValue(head.fields, "content-range") ?? "";
  const bytes = Number(/\/(\d{1,15})$/.exec(came)?.[1] ?? 0);
  const verdict = evaluateRange(fieldValue(request.fields, "range"), bytes, edge.limits.rangesPerRequestMax);
  const [span] = verdict.kind === "spans" ? verdict.spans : [];
  return (
    span !== undefined && !hasField(request.fields, "if-range") && came.toLowerCase() === contentRange(span, bytes)
  );
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
  const [span] = verdict.kind === "spans" ? verdict.spans : [];
  if (span === undefined || span.last > slice.last) return undefined;
  const body = edge.bodies.part(upstream.body, partInSlice(span, slice));
  const fields = partFields(upstream.head.fields, span, version.bytes);
  return relay(exchange, { head: { status: 206, fields }, body }, why);
}
