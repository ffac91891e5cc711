/** Answers to ranges of what is not stored: from slices, each stored by itself, fetched only as far as they are read. */
import { type BodyVersion, bodyVersion } from "../core/cache/continuation.ts";
import { ageSeconds } from "../core/cache/freshness.ts";
import { statusOfFailure } from "../core/cache/outcome.ts";
import { sliceBytesOf, slicedFrom } from "../core/cache/slices.ts";
import { requestDirectives } from "../core/http/cache-control.ts";
import { ifRangeHolds } from "../core/http/conditional.ts";
import { fieldValue } from "../core/http/fields.ts";
import { evaluateRange } from "../core/http/range.ts";
import type { ByteSpan, Reply } from "../core/ports.ts";
import { unreachable } from "../core/unreachable.ts";
import type { Exchange } from "./exchange.ts";
import { answerFailure } from "./fill.ts";
import { pass } from "./pass.ts";
import { fetchFirst, type GotFirst } from "./range-probe.ts";
import { answerUnshared, type Why } from "./rangeless.ts";
import { refuseBusy, refuseExchange } from "./refuse.ts";
import { answerSpans, answerUnsatisfiable, storedFields } from "./respond.ts";
import { fetchSlice, findSlice, leaveGot, type Slice } from "./slice.ts";
import { bodyOfSlices, sliceOf } from "./slice-bodies.ts";

/** Turns a request away before the origin is asked for it; undefined: it may go on. */
export type Gate<B> = () => Reply<B> | undefined;

/** Answers a request for ranges of what is not stored. What slices cannot answer is passed as it stands. */
export async function serveRange<B>(exchange: Exchange<B>, why: Why, gate: Gate<B>): Promise<Reply<B>> {
  const { edge, request } = exchange;
  const wishes = requestDirectives(request.fields);
  const first = slicedFrom(request);
  if (first === undefined || wishes.noStore) {
    if (wishes.onlyIfCached) return refuseExchange(exchange, 504, "only-if-cached");
    return gate() ?? pass(exchange, why);
  }
  const index = Math.floor(first / sliceBytesOf(edge.limits));
  const got = await fetchFirst(exchange, { index, why, gate });
  return answerGot(exchange, got, { index, why, turns: 1 });
}

/** On the way to an answer: of which slice something is known, and how often another version has been met. */
interface Stage {
  readonly index: number;
  readonly why: Why;
  readonly turns: number;
}

/** The origin may have a new version while the answer is made: that one is begun with, once. */
const TURNS_MAX = 2;

function answerGot<B>(exchange: Exchange<B>, got: GotFirst<B>, stage: Stage): Promise<Reply<B>> | Reply<B> {
  const { why } = stage;
  switch (got.kind) {
    case "answered":
      return got.reply;
    case "slice":
      return answerSlices(exchange, got.slice, stage);
    case "unshared":
      return answerUnshared(exchange, got, stage.index, why);
    case "alone":
      return pass(exchange, why);
    case "only-if-cached":
      return refuseExchange(exchange, 504, "only-if-cached");
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

/** The answer, once one slice tells the version and the length. */
async function answerSlices<B>(exchange: Exchange<B>, slice: Slice<B>, stage: Stage): Promise<Reply<B>> {
  const { edge, request } = exchange;
  const version = bodyVersion(slice.head);
  if (version === undefined || !ifRangeHolds(request.fields, slice.head.fields, edge.clock.nowMs())) {
    return passUnlessCached(exchange, stage.why);
  }
  const verdict = evaluateRange(fieldValue(request.fields, "range"), version.bytes, edge.limits.rangesPerRequestMax);
  if (verdict.kind === "unsatisfiable") return answerOutside(exchange, slice, version);
  const [span] = verdict.kind === "spans" ? verdict.spans : [];
  if (verdict.kind !== "spans" || span === undefined) return passUnlessCached(exchange, stage.why);
  const index = Math.floor(span.first / sliceBytesOf(edge.limits));
  if (index !== stage.index) {
    // The slice that told the length is not the one to begin with.
    const next = await fetchSlice(exchange, index);
    if (sliceOf(next, version) === undefined) {
      if (stage.turns < TURNS_MAX) return answerGot(exchange, next, { ...stage, index, turns: stage.turns + 1 });
      leaveGot(exchange, next);
      return passUnlessCached(exchange, stage.why);
    }
    return answerSlices(exchange, next.kind === "slice" ? next.slice : slice, { ...stage, index });
  }
  if (requestDirectives(request.fields).onlyIfCached && !(await areStored(exchange, version, verdict.spans))) {
    return refuseExchange(exchange, 504, "only-if-cached");
  }
  const { fields, account } = told(exchange, slice);
  const open = (part: ByteSpan): B => {
    return bodyOfSlices(exchange, { slice: part === span ? slice : undefined, version, span: part });
  };
  return answerSpans(exchange, { bytes: version.bytes, open }, verdict.spans, fields, account);
}

function passUnlessCached<B>(exchange: Exchange<B>, why: Why): Promise<Reply<B>> | Reply<B> {
  const { onlyIfCached } = requestDirectives(exchange.request.fields);
  return onlyIfCached ? refuseExchange(exchange, 504, "only-if-cached") : pass(exchange, why);
}

/** Whether all of the spans is stored, of one version. */
async function areStored<B>(exchange: Exchange<B>, version: BodyVersion, spans: readonly ByteSpan[]): Promise<boolean> {
  const sliceBytes = sliceBytesOf(exchange.edge.limits);
  for (const { first, last } of spans) {
    for (let index = Math.floor(first / sliceBytes); index * sliceBytes <= last; index += 1) {
      const found = await findSlice(exchange, index);
      if (found.kind !== "slice" || sliceOf(found, version) === undefined) return false;
    }
  }
  return true;
}

/** The fields that a slice has for clients, and what is said of it. */
function told<B>(exchange: Exchange<B>, { head, freshness, responseAtMs, account }: Slice<B>) {
  const age = ageSeconds(freshness, responseAtMs, exchange.edge.clock.nowMs());
  const fields = storedFields(head.fields, age);
  return { fields, account: { ...account, ttlSeconds: freshness.lifetimeSeconds - age } };
}

function answerOutside<B>(exchange: Exchange<B>, slice: Slice<B>, { bytes }: BodyVersion): Reply<B> {
  const { fields, account } = told(exchange, slice);
  const outcome = account.outcome === "hit-range" ? "hit-range-unsatisfiable" : account.outcome;
  return answerUnsatisfiable(exchange, fields, bytes, { ...account, outcome });
}
