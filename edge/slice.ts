/** One slice, from the store or from the origin, and bodies made of several. */
import { type BodyVersion, bodyVersion, isSameVersion } from "../core/cache/continuation.ts";
import { decide } from "../core/cache/decide.ts";
import type { Freshness } from "../core/cache/freshness.ts";
import { partInSlice, sliceBytesOf, sliceFields, sliceKey, sliceSpan, withoutRange } from "../core/cache/slices.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Account } from "../core/http/cache-status.ts";
import type { ResponseHead } from "../core/http/fields.ts";
import type { ByteSpan } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { flightKeyOf, isFor, namesVariedOn } from "./fill.ts";
import { askOf } from "./flight.ts";
import type { FlyingResponse, Landing } from "./flights.ts";
import { fly, type Landed } from "./fly.ts";
import { isOutdated, uriOf } from "./invalidate.ts";

/** A slice that can be read, perhaps while it arrives. */
export interface Slice<B> {
  /** The head of the whole. */
  readonly head: ResponseHead;
  readonly freshness: Freshness;
  readonly responseAtMs: number;
  readonly account: Account;
  /** A reader of a part of it, counted from its beginning. Undefined when it cannot be had any more. */
  open(part: ByteSpan): B | undefined;
}

/** An answer of the origin's that is no slice to be shared. */
export type Unshared<B> = Extract<Landed<B>, { kind: "unshared" }>["upstream"];

/** What became of the wish for a slice. */
export type GotSlice<B> =
  | { readonly kind: "slice"; readonly slice: Slice<B>; readonly stored: StoredResponse<B> | undefined }
  | { readonly kind: "unshared"; readonly upstream: Unshared<B> }
  /** What others wait for is of no use here. */
  | { readonly kind: "alone" }
  | { readonly kind: "full" | "left" }
  | Extract<Landing<B>, { kind: "failed" }>;

/** Finds a slice, or fetches it, or waits for who fetches it. */
export async function fetchSlice<B>(exchange: Exchange<B>, index: number, fromStore = true): Promise<GotSlice<B>> {
  const at = sliceExchange(exchange, index);
  const { edge, incoming } = at;
  const variants = await edge.store.find(at.key);
  const stored = fromStore ? freshOne(at, variants) : undefined;
  if (stored !== undefined) return { kind: "slice", slice: storedSlice(stored), stored };
  const order = { forward: "partial", candidate: undefined, variants } as const;
  const flightKey = flightKeyOf(at, order);
  const keptFields = namesVariedOn(order);
  const plan = { flightKey, candidate: undefined, validate: false, isAwaited: true, keptFields };
  const wait = edge.flights.join(flightKey, askOf(incoming), edge.limits);
  if (wait === "full") return { kind: "full" };
  if (wait === undefined) return led(at, await fly(at, plan));
  const landing = await wait.landing;
  try {
    switch (landing.kind) {
      case "lead":
        return led(at, await fly(at, plan, landing.lead));
      case "shared":
        if (!isFor(at, landing.response.admitted, landing.response.requestAtMs)) return { kind: "alone" };
        return { kind: "slice", slice: flyingSlice(at, landing.response, "collapsed"), stored: undefined };
      case "failed":
      case "left":
        return landing;
      default:
        return { kind: "alone" };
    }
  } finally {
    wait.done();
  }
}

function led<B>(at: Exchange<B>, landed: Landed<B>): GotSlice<B> {
  if (landed.kind === "shared") {
    return { kind: "slice", slice: flyingSlice(at, landed.response, "stored"), stored: undefined };
  }
  return landed.kind === "unshared" || landed.kind === "failed" ? landed : { kind: "alone" };
}

/** The exchange about one slice: its own key, its own range, and a record of its own that nobody keeps but for the first. */
function sliceExchange<B>(of: Exchange<B>, index: number): Exchange<B> {
  const sliceBytes = sliceBytesOf(of.edge.limits);
  const span = sliceSpan(index, sliceBytes);
  const key = sliceKey(of.ownKey, index, sliceBytes);
  const request = { ...of.request, fields: sliceFields(of.request.fields, span) };
  return { ...of, request, key, ownKey: key, slice: { span, of } };
}

/** What may be used of what is stored. */
function freshOne<B>(at: Exchange<B>, variants: readonly StoredResponse<B>[]): StoredResponse<B> | undefined {
  const valid = variants.filter(({ head, requestAtMs }) => !isOutdated(at, head.fields, requestAtMs));
  const whole = { ...at.request, fields: withoutRange(at.request.fields) };
  const decision = decide(whole, valid, at.rules, at.edge.clock.nowMs());
  return decision.kind === "hit" ? decision.stored : undefined;
}

function storedSlice<B>({ head, freshness, responseAtMs, body }: StoredResponse<B>): Slice<B> {
  const account = { outcome: "hit-range", forward: undefined } as const;
  return { head, freshness, responseAtMs, account, open: (part) => body.open(part) };
}

function flyingSlice<B>(at: Exchange<B>, flying: FlyingResponse<B>, outcome: "stored" | "collapsed"): Slice<B> {
  const { admitted, spool, responseAtMs } = flying;
  const account = { outcome, forward: "partial", [outcome]: true } as const;
  // It fits into the store, so its spool holds it from the beginning.
  const open = (part: ByteSpan): B | undefined => {
    const body = spool.open();
    return body === undefined ? undefined : at.edge.bodies.part(body, part);
  };
  return { head: admitted.head, freshness: admitted.freshness, responseAtMs, account, open };
}

/** From where to where, and of which version. */
interface Journey<B> {
  readonly slice: Slice<B>;
  /** Of the first slice. */
  readonly index: number;
  readonly version: BodyVersion;
  readonly span: ByteSpan;
}

/** The body of a span: slice after slice, of which one at most is fetched ahead of the reader. */
export function bodyOfSlices<B>(exchange: Exchange<B>, { slice, index, version, span }: Journey<B>): B {
  const { edge } = exchange;
  const sliceBytes = sliceBytesOf(edge.limits);
  const lastIndex = Math.floor(span.last / sliceBytes);
  // Later fetches are not what the record of this request tells of.
  const behind = { ...exchange, asked: { upstream: undefined, headMs: undefined } };
  const opened = (from: Slice<B>, at: number): B => {
    const body = from.open(partInSlice(span, sliceSpan(at, sliceBytes)));
    if (body === undefined) throw new Error("a slice is gone before it was read");
    return body;
  };
  if (index === lastIndex) return opened(slice, index);
  let at = index;
  let coming: Promise<Slice<B>> = Promise.resolve(slice);
  return edge.bodies.inTurn(async () => {
    if (at > lastIndex) return undefined;
    // Opened when it is its turn: what was fetched ahead for a client that leaves has no reader to lose.
    const body = opened(await coming, at);
    at += 1;
    if (at <= lastIndex) coming = sameVersion(behind, at, version);
    // Told to the reader when it gets there.
    coming.catch(() => {});
    return body;
  });
}

/** A slice of that version; another one is never mixed with it. Throws when the origin has another by now, or fails. */
async function sameVersion<B>(exchange: Exchange<B>, index: number, version: BodyVersion): Promise<Slice<B>> {
  const got = await fetchSlice(exchange, index);
  const slice = sliceOf(got, version);
  if (slice !== undefined) return slice;
  if (got.kind === "slice" && got.stored !== undefined) {
    // What is stored may be older or newer than what has begun: the origin knows.
    const fetched = sliceOf(await fetchSlice(exchange, index, false), version);
    if (fetched !== undefined) return fetched;
  }
  if (got.kind === "unshared") exchange.edge.bodies.discard(got.upstream.body);
  if (isOther(got)) forget(exchange);
  throw new Error("the rest of the body is of another version, or cannot be had");
}

/** Whether an answer of the origin's says that there is another version. That none came, or that our client left, does not. */
function isOther<B>(got: GotSlice<B>): boolean {
  return got.kind === "slice" || (got.kind === "unshared" && got.upstream.head.status < 500);
}

function sliceOf<B>(got: GotSlice<B>, version: BodyVersion): Slice<B> | undefined {
  if (got.kind !== "slice") return undefined;
  return isSameVersion(version, bodyVersion(got.slice.head)) ? got.slice : undefined;
}

/** What was fetched of this object until now is of no use any more; a slice that is still being stored neither. */
function forget<B>(exchange: Exchange<B>): void {
  const { invalidations, clock } = exchange.edge;
  void invalidations.add({ uris: [uriOf(exchange)], names: [] }, clock.nowMs());
}
