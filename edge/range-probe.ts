/**
 * The first range of an object of which nothing is known: whoever wants another part of it meanwhile waits until the
 * origin's head tells whether it knows ranges. If it sends the whole instead, all share that.
 */
import { withoutRange } from "../core/cache/slices.ts";
import type { Reply } from "../core/ports.ts";
import type { Exchange } from "./exchange.ts";
import { flightKeyOf, isFor } from "./fill.ts";
import type { Lead } from "./flight.ts";
import type { Landing } from "./flights.ts";
import { ALIKE_FOR_ALL, untilSealed } from "./fly.ts";
import { markRange, rangeMarkOf } from "./range-marks.ts";
import { answerFromWhole, answerTaken, takeWhole, type Why } from "./rangeless.ts";
import { type ForWaiters, share } from "./share.ts";
import { type FoundSlice, fetchSlice, fetchWanting, findSlice, type GotSlice } from "./slice.ts";

/** What became of the first slice of an answer; `answered`: the whole came, and answers. */
export type GotFirst<B> = GotSlice<B> | { readonly kind: "answered"; readonly reply: Reply<B> };

/** Which slice is wanted, why, and who may forbid to ask the origin for it. */
export interface First<B> {
  readonly index: number;
  readonly why: Why;
  gate(): Reply<B> | undefined;
}

type Wanting<B> = Extract<FoundSlice<B>, { readonly kind: "wanting" }>;

/** Finds the slice with which an answer begins, or fetches it, or waits for what tells whether it can be had. */
export async function fetchFirst<B>(exchange: Exchange<B>, first: First<B>): Promise<GotFirst<B>> {
  const found = await findSlice(exchange, first.index);
  if (found.kind !== "wanting") return found;
  const refused = first.gate();
  if (refused !== undefined) return { kind: "answered", reply: refused };
  const probeKey = probeKeyOf(exchange, found);
  const mark = rangeMarkOf(exchange);
  if (mark === "sliced") return fetchWanting(found);
  if (mark === "unsliced" && !exchange.edge.flights.has(probeKey)) return { kind: "alone" };
  return share<B, GotFirst<B>>(exchange, probeKey, {
    lead: (inherited) =>
      probe(exchange, found, first, inherited ?? exchange.edge.flights.start(probeKey, exchange.edge.limits)),
    waited: (landing) => afterProbe(exchange, landing, first, probeKey),
    full: () => ({ kind: "full" }),
  });
}

/** Requests share a probe when they could share the whole. */
function probeKeyOf<B>(exchange: Exchange<B>, { order }: Wanting<B>): string {
  const { request } = exchange;
  const whole = { ...exchange, request: { ...request, fields: withoutRange(request.fields) } };
  return `range ${flightKeyOf(whole, { ...order, candidate: undefined })}`;
}

async function probe<B>(
  exchange: Exchange<B>,
  found: Wanting<B>,
  { why }: First<B>,
  lead: Lead<B>,
): Promise<GotFirst<B>> {
  try {
    const got = await fetchWanting(found);
    // Its own client may have left, or have had bad luck: then one of the others tries, and not all of them.
    if (got.kind === "failed" && !ALIKE_FOR_ALL.has(got.failure) && lead.handOver()) return got;
    const response = got.kind === "unshared" ? takeWhole(exchange, got.upstream) : undefined;
    if (got.kind === "unshared" && response !== undefined) {
      lead.land({ kind: "shared", response });
      exchange.edge.inBackground(untilSealed(exchange, response).finally(() => lead.end()));
      return { kind: "answered", reply: answerTaken(exchange, response, got.upstream, why) };
    }
    if (got.kind === "slice") markRange(exchange, "sliced");
    lead.land(landingOf(got));
    lead.end();
    return got;
  } catch (error) {
    // A bug of ours: those who wait must not wait for ever.
    lead.land({ kind: "unshared" });
    lead.end();
    throw error;
  }
}

/** `unshared`: everybody asks for the slice that it wants. */
function landingOf<B>(got: GotSlice<B>): Landing<B> {
  return got.kind === "failed" ? got : { kind: "unshared" };
}

function afterProbe<B>(
  exchange: Exchange<B>,
  landing: ForWaiters<B>,
  { index, why }: First<B>,
  probeKey: string,
): GotFirst<B> | Promise<GotFirst<B>> {
  switch (landing.kind) {
    case "failed":
      return landing;
    case "left":
      return { kind: "left" };
    case "shared": {
      const { admitted, requestAtMs } = landing.response;
      if (!isFor(exchange, admitted, requestAtMs)) return { kind: "alone" };
      const account = { outcome: "collapsed", forward: why.forward, collapsed: true } as const;
      const reply = answerFromWhole(exchange, landing.response, account, undefined);
      if (reply !== undefined) return { kind: "answered", reply };
      // Its beginning is gone.
      exchange.edge.flights.retire(probeKey, landing);
      return { kind: "alone" };
    }
    default:
      return rangeMarkOf(exchange) === "unsliced" ? { kind: "alone" } : fetchSlice(exchange, index).then(asWaited);
  }
}

/** What was stored meanwhile is no hit of who waited for it. */
function asWaited<B>(got: GotSlice<B>): GotSlice<B> {
  if (got.kind !== "slice" || !got.slice.isUnasked) return got;
  return { ...got, slice: { ...got.slice, account: { outcome: "collapsed", forward: "partial", collapsed: true } } };
}
