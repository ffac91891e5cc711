/** One slice: from the store, from the origin, or from who fetches it already. */
import { decide, mayServeOnError } from "../core/cache/decide.ts";
import type { Freshness } from "../core/cache/freshness.ts";
import { sliceBytesOf, sliceFields, sliceKey, sliceSpan, withoutRange } from "../core/cache/slices.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import type { Account } from "../core/http/cache-status.ts";
import type { ResponseHead } from "../core/http/fields.ts";
import type { ByteSpan } from "../core/ports.ts";
import { unreachable } from "../core/unreachable.ts";
import type { Exchange } from "./exchange.ts";
import { type FillOrder, flightKeyOf, isFor, planOf, refreshBehind, validates } from "./fill.ts";
import type { FlyingResponse, Landing } from "./flights.ts";
import { fly, type Landed } from "./fly.ts";
import { uriOf, usable } from "./invalidate.ts";
import { type ForWaiters, share } from "./share.ts";

/** A slice that can be read, perhaps while it arrives. */
export interface Slice<B> {
  /** The head of the whole. */
  readonly head: ResponseHead;
  readonly freshness: Freshness;
  readonly responseAtMs: number;
  readonly account: Account;
  /** Nobody asked the origin for it: what is stored may be older or newer than what the origin has. */
  readonly isUnasked: boolean;
  /** A reader of a part of it, counted from its beginning. Undefined when it cannot be had any more. */
  open(part: ByteSpan): B | undefined;
}

/** An answer of the origin's that is no slice to be shared. */
export type Unshared<B> = Extract<Landed<B>, { kind: "unshared" }>["upstream"];

/** What became of the wish for a slice. */
export type GotSlice<B> =
  | { readonly kind: "slice"; readonly slice: Slice<B> }
  | { readonly kind: "unshared"; readonly upstream: Unshared<B>; readonly reason: string }
  /** What others wait for is of no use here. */
  | { readonly kind: "alone" }
  /** Too many wait, the client has left, or it wants what is stored only. */
  | { readonly kind: "full" | "left" | "only-if-cached" }
  | Extract<Landing<B>, { kind: "failed" }>;

/** What is stored of a slice, and what there is to do about it. */
export type FoundSlice<B> =
  | { readonly kind: "slice"; readonly slice: Slice<B> }
  | { readonly kind: "only-if-cached" }
  | { readonly kind: "wanting"; readonly at: Exchange<B>; readonly order: FillOrder<B> };

/** Looks for a slice in the store. One that is stale and may answer all the same is refreshed behind the answer. */
export async function findSlice<B>(exchange: Exchange<B>, index: number): Promise<FoundSlice<B>> {
  const at = sliceExchange(exchange, index);
  const { edge, key } = at;
  const changedAtMs = edge.invalidations.lastOfUri(uriOf(at));
  const kept = (await edge.store.find(key)).filter(({ requestAtMs }) => requestAtMs >= changedAtMs);
  const variants = usable(at, kept);
  const asWhole = { ...at.request, fields: withoutRange(at.request.fields) };
  const decision = decide(asWhole, variants, at.rules, edge.clock.nowMs());
  switch (decision.kind) {
    case "hit":
      return found(decision.stored, { outcome: "hit-range", forward: undefined });
    case "stale":
      if (decision.refresh) refreshBehind(at, { forward: "stale", candidate: decision.stored, variants });
      return found(decision.stored, { outcome: decision.outcome, forward: undefined });
    case "revalidate":
      return { kind: "wanting", at, order: { forward: decision.forward, candidate: decision.stored, variants } };
    case "fill":
      return { kind: "wanting", at, order: { forward: "partial", candidate: decision.stale, variants } };
    case "refuse":
      return { kind: "only-if-cached" };
    case "pass":
      return { kind: "wanting", at, order: { forward: "partial", candidate: undefined, variants } };
    default:
      return unreachable(decision);
  }
}

/** Finds a slice, or fetches it, or waits for who fetches it. */
export async function fetchSlice<B>(exchange: Exchange<B>, index: number): Promise<GotSlice<B>> {
  const got = await findSlice(exchange, index);
  return got.kind === "wanting" ? fetchWanting(got) : got;
}

/** Gives up what came in place of a slice and is of no use. */
export function leaveGot<B>({ edge }: Exchange<B>, got: GotSlice<B>): void {
  if (got.kind === "unshared") edge.bodies.discard(got.upstream.body);
}

/** Fetches a slice whatever is stored. */
export async function fetchAnew<B>(exchange: Exchange<B>, index: number): Promise<GotSlice<B>> {
  const at = sliceExchange(exchange, index);
  const variants = await at.edge.store.find(at.key);
  return fetchWanting({ at, order: { forward: "partial", candidate: undefined, variants } });
}

/** Fetches a slice that is not stored or stale, or waits for who fetches it. */
export function fetchWanting<B>({
  at,
  order,
}: Omit<Extract<FoundSlice<B>, { kind: "wanting" }>, "kind">): Promise<GotSlice<B>> {
  const flightKey = flightKeyOf(at, order);
  const plan = planOf(order, flightKey);
  return share<B, GotSlice<B>>(at, flightKey, {
    lead: async (inherited) => ofLeader(at, order, await fly(at, plan, inherited)),
    waited: (landing) => ofWaiter(at, order, landing),
    full: () => instead(at, order, undefined) ?? { kind: "full" },
  });
}

function ofLeader<B>(at: Exchange<B>, order: FillOrder<B>, landed: Landed<B>): GotSlice<B> {
  switch (landed.kind) {
    case "shared":
      return {
        kind: "slice",
        slice: flyingSlice(at, landed.response, {
          outcome: validates(order) ? "revalidated-changed" : "stored",
          forward: order.forward,
          stored: true,
        }),
      };
    case "freshened":
      return got(landed.stored, { outcome: "revalidated", forward: order.forward, forwardStatus: 304 });
    case "unshared":
      return landed;
    case "failed":
      return instead(at, order, landed) ?? landed;
    case "not-modified":
      at.edge.bodies.discard(landed.upstream.body);
      return { kind: "alone" };
    default:
      return unreachable(landed);
  }
}

function ofWaiter<B>(at: Exchange<B>, order: FillOrder<B>, landing: ForWaiters<B>): GotSlice<B> {
  const account = { outcome: "collapsed", forward: order.forward, collapsed: true } as const;
  switch (landing.kind) {
    case "shared":
      if (!isFor(at, landing.response.admitted, landing.response.requestAtMs)) return { kind: "alone" };
      return { kind: "slice", slice: flyingSlice(at, landing.response, account) };
    case "freshened":
      if (!isFor(at, landing.stored, landing.stored.requestAtMs)) return { kind: "alone" };
      return got(landing.stored, account);
    case "failed":
      return instead(at, order, landing) ?? landing;
    case "left":
      return { kind: "left" };
    default:
      return { kind: "alone" };
  }
}

/** The stale slice, where it may stand in (RFC 9111 §4.2.4). */
function instead<B>(
  at: Exchange<B>,
  { candidate, forward }: FillOrder<B>,
  failed: Extract<Landing<B>, { kind: "failed" }> | undefined,
): GotSlice<B> | undefined {
  if (candidate === undefined || !mayServeOnError(candidate, at.edge.clock.nowMs())) return undefined;
  const forwardStatus = failed?.failure === "server-error" ? failed.status : undefined;
  return got(candidate, { outcome: "stale-if-error", forward, forwardStatus });
}

/** The exchange about one slice: its own key, its own range, and a record of its own that nobody keeps but for the first. */
function sliceExchange<B>(of: Exchange<B>, index: number): Exchange<B> {
  const sliceBytes = sliceBytesOf(of.edge.limits);
  const span = sliceSpan(index, sliceBytes);
  const key = sliceKey(of.ownKey, index, sliceBytes);
  const request = { ...of.request, fields: sliceFields(of.request.fields, span) };
  return { ...of, request, key, ownKey: key, slice: { span, of } };
}

function found<B>(stored: StoredResponse<B>, account: Account): Extract<FoundSlice<B>, { kind: "slice" }> {
  return { kind: "slice", slice: storedSlice(stored, account, "unasked") };
}

function got<B>(stored: StoredResponse<B>, account: Account): GotSlice<B> {
  return { kind: "slice", slice: storedSlice(stored, account, "asked") };
}

function storedSlice<B>(stored: StoredResponse<B>, account: Account, how: "asked" | "unasked"): Slice<B> {
  const { head, freshness, responseAtMs, body } = stored;
  return { head, freshness, responseAtMs, account, isUnasked: how === "unasked", open: (part) => body.open(part) };
}

function flyingSlice<B>(at: Exchange<B>, flying: FlyingResponse<B>, account: Account): Slice<B> {
  const { admitted, spool, responseAtMs } = flying;
  // It fits into the store, so its spool holds it from the beginning.
  const open = (part: ByteSpan): B | undefined => {
    const body = spool.open();
    return body === undefined ? undefined : at.edge.bodies.part(body, part);
  };
  return { head: admitted.head, freshness: admitted.freshness, responseAtMs, account, isUnasked: false, open };
}
