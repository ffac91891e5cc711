/** The life of one request: site → key → find → decide → act. This file holds the only switch over decisions. */
import { type Decision, decide } from "../core/cache/decide.ts";
import { isBypassed } from "../core/config/rule-actions.ts";
import { fieldValue, withoutFields } from "../core/http/fields.ts";
import { endToEndRequest, loopCount } from "../core/http/forward.ts";
import { isExcessiveRange } from "../core/http/range.ts";
import type { Eventually, Incoming, Reply } from "../core/ports.ts";
import { unreachable } from "../core/unreachable.ts";
import { answerByRules } from "./answer-by-rules.ts";
import { drill, wantsDrill } from "./drill.ts";
import type { Edge, EdgeSite } from "./edge.ts";
import { type Exchange, observedOf } from "./exchange.ts";
import { type Again, type FillOrder, fill, fillAlone, refreshBehind } from "./fill.ts";
import { type Found, findStored } from "./find.ts";
import { forwardHead } from "./head.ts";
import { overBudget } from "./header-budget.ts";
import { pass } from "./pass.ts";
import { overMissRate, overRequestRate } from "./rate.ts";
import { refuse, refuseExchange } from "./refuse.ts";
import { isReserved, serveReserved } from "./reserved.ts";
import { resolve } from "./resolve.ts";
import { answerStored } from "./respond.ts";
import { shed } from "./shed.ts";
import { serveRange } from "./slices.ts";
import { orStale } from "./stale-when-slow.ts";
import { noteUse } from "./variants.ts";

/** How often a request that waited in vain is decided again before it goes alone. */
const DECISIONS_MAX = 3;

/** Answers one request that the guard has accepted. */
export function serve<B>(edge: Edge<B>, incoming: Incoming<B>): Eventually<Reply<B>> {
  const request = incoming.head;
  if (isReserved(request.target)) return serveReserved(edge, incoming);
  if (edge.observing?.debugToken !== undefined && wantsDrill(edge, request.fields)) return drill(edge, incoming, serve);
  const { clientAddress, earlierAddresses } = edge.clientOf(incoming.peerAddress, request);
  const site = edge.findSite(request.authority);
  if (site === undefined) return refuse(edge, incoming, { status: 421, outcome: "unknown-site", clientAddress });
  const loops = loopCount(request.fields, edge.id);
  if (loops.here > 0 || loops.total >= edge.limits.hopsMax) {
    return refuse(edge, incoming, { status: 508, outcome: "loop-detected", site: site.name, clientAddress });
  }
  const exchange = exchangeOf(edge, incoming, site, { clientAddress, earlierAddresses });
  const tooOften = overRequestRate(exchange);
  if (tooOften !== undefined) return tooOften;
  const ruled = answerByRules(exchange);
  if (ruled !== undefined) return ruled;
  if (isBypassed(exchange.effective, edge.clock.nowMs())) {
    return passOn(exchange, { forward: "bypass", outcome: "pass-request" });
  }
  if (exchange.key.length > edge.limits.cacheKeyMaxBytes) {
    return passOn(exchange, { forward: "bypass", outcome: "pass-long-key" });
  }
  return lookUp(exchange, FIRST);
}

/** The request as the site's rules have it, and its key. */
export function exchangeOf<B>(
  edge: Edge<B>,
  incoming: Incoming<B>,
  site: EdgeSite,
  client: { readonly clientAddress: string; readonly earlierAddresses: readonly string[] },
): Exchange<B> {
  const { effective, request, country, key } = resolve(site, endToEndRequest(incoming.head), {
    edge,
    incoming,
    ...client,
  });
  const rules = effective.cache;
  const observed = observedOf(edge, incoming);
  const asked = { upstream: undefined, headMs: undefined };
  return { edge, incoming, request, site, effective, rules, key, ownKey: key, country, observed, asked, ...client };
}

type PassDecision<B> = Extract<Decision<B>, { readonly kind: "pass" }>;

const RANGE: ReadonlySet<string> = new Set(["range", "if-range"]);

/** A request that waited in vain is decided again. */
interface Turn {
  readonly decisions: number;
  /** What the responses for its key vary on, as it has learned. */
  readonly learned: readonly string[];
}

const FIRST: Turn = { decisions: 1, learned: [] };

function lookUp<B>(exchange: Exchange<B>, turn: Turn): Eventually<Reply<B>> {
  const found = findStored(exchange);
  return found instanceof Promise ? found.then((later) => act(later, turn)) : act(found, turn);
}

function act<B>({ exchange, variants }: Found<B>, turn: Turn): Eventually<Reply<B>> {
  const { request, rules, edge, incoming } = exchange;
  if (incoming.body !== undefined && (request.method === "GET" || request.method === "HEAD")) {
    // A body on GET is no part of the key: such a request has nothing to do with the cache (FAULTS F29).
    return passOn(exchange, { forward: "bypass", outcome: "pass-request" });
  }
  const decision = decide(request, variants, rules, edge.clock.nowMs());
  if (decision.kind === "pass" && decision.outcome === "pass-range") return passRange(exchange, decision);
  const sentAway = shed(exchange, decision);
  if (sentAway !== undefined) return sentAway;
  switch (decision.kind) {
    case "hit":
      noteUse(exchange, variants, decision.stored);
      return answerStored(exchange, decision.stored, {
        notModified: decision.notModified,
        account: { outcome: "hit", forward: undefined },
      });
    case "stale":
      noteUse(exchange, variants, decision.stored);
      if (decision.refresh) refreshBehind(exchange, { forward: "stale", candidate: decision.stored, variants });
      return answerStored(exchange, decision.stored, {
        notModified: decision.notModified,
        account: { outcome: decision.outcome, forward: undefined },
      });
    case "revalidate":
      return goForward(exchange, { forward: decision.forward, candidate: decision.stored, variants }, turn);
    case "fill":
      return goForward(exchange, { forward: decision.forward, candidate: decision.stale, variants }, turn);
    case "pass":
      return passOn(exchange, decision);
    case "refuse":
      return refuseExchange(exchange, decision.status, decision.outcome);
    default:
      return unreachable(decision);
  }
}

function passOn<B>(exchange: Exchange<B>, why: Parameters<typeof pass>[1]): Eventually<Reply<B>> {
  return overMissRate(exchange) ?? overBudget(exchange) ?? pass(exchange, why);
}

/** A range of what is not stored; one that asks for too much is ignored (FAULTS O06). */
function passRange<B>(exchange: Exchange<B>, decision: PassDecision<B>): Eventually<Reply<B>> {
  const { edge, request } = exchange;
  const range = fieldValue(request.fields, "range");
  if (range !== undefined && isExcessiveRange(range, edge.limits.rangesPerRequestMax)) {
    return lookUp({ ...exchange, request: { ...request, fields: withoutFields(request.fields, RANGE) } }, FIRST);
  }
  return serveRange(
    exchange,
    decision,
    () => shed(exchange, decision) ?? overMissRate(exchange) ?? overBudget(exchange),
  );
}

function ask<B>(exchange: Exchange<B>, order: FillOrder<B>, turn: Turn): Promise<Reply<B> | Again> {
  if (exchange.request.method === "HEAD") return forwardHead(exchange, order);
  if (turn.decisions >= DECISIONS_MAX) return fillAlone(exchange, order, undefined);
  return fill(exchange, order, turn.learned);
}

async function goForward<B>(exchange: Exchange<B>, order: FillOrder<B>, turn: Turn): Promise<Reply<B>> {
  const refused = (turn.decisions === 1 ? overMissRate(exchange) : undefined) ?? overBudget(exchange);
  if (refused !== undefined) return refused;
  const result = await orStale(exchange, order, (watched) => ask(watched, order, turn));
  if (!("kind" in result)) return result;
  return lookUp(exchange, { decisions: turn.decisions + 1, learned: result.learned });
}
