/** Why a request is answered as it is: its site, key, what is stored, purges, and the decision that it would get now. */

import { type Decision, decide } from "../core/cache/decide.ts";
import { ageSeconds } from "../core/cache/freshness.ts";
import { type KeyPart, keyParts } from "../core/cache/key.ts";
import { OUTCOMES } from "../core/cache/outcome.ts";
import type { StoredResponse } from "../core/cache/stored.ts";
import { FORWARD_BECAUSE, notStoredBecause } from "../core/cache/why.ts";
import { Cancellation } from "../core/cancellation.ts";
import { isBypassed } from "../core/config/rule-actions.ts";
import type { FieldLine, RequestHead } from "../core/http/fields.ts";
import { endToEndRequest } from "../core/http/forward.ts";
import type { Incoming } from "../core/ports.ts";
import type { Edge, EdgeSite } from "./edge.ts";
import type { Exchange } from "./exchange.ts";
import { findStored } from "./find.ts";
import type { LastAnswer, LastAnswers } from "./last-answers.ts";
import { resolveParts } from "./resolve.ts";
import { exchangeOf } from "./serve.ts";

/** A request to look at: it is not made. */
export interface WhyQuestion {
  readonly head: RequestHead;
  readonly clientAddress: string;
}

/** One stored response for the key. */
export interface WhyStored {
  readonly status: number;
  readonly ageSeconds: number;
  readonly lifetimeSeconds: number;
  /** Where its lifetime came from. */
  readonly source: string;
  readonly varyOn: readonly FieldLine[];
  readonly bodyBytes: number | undefined;
  /** False: a purge or an unsafe request has made it useless. */
  readonly isUsable: boolean;
}

/** The answer. */
export interface Why {
  readonly edge: string;
  readonly site: string | undefined;
  /** Sentences, the most important first. */
  readonly says: readonly string[];
  /** What the next such request would get: hit, stale, revalidate, fill, pass, refuse. */
  readonly decision: string | undefined;
  readonly rules: readonly string[];
  readonly key: readonly KeyPart[];
  readonly stored: readonly WhyStored[];
  readonly last: LastAnswer | undefined;
}

/** Looks, and changes nothing but what is remembered of use. */
export async function whyOf<B>(edge: Edge<B>, last: LastAnswers, { head, clientAddress }: WhyQuestion): Promise<Why> {
  const none = { edge: edge.id, site: undefined, decision: undefined, rules: [], key: [], stored: [], last: undefined };
  const site = edge.findSite(head.authority);
  if (site === undefined) return { ...none, says: [`No site has the host ${head.authority}: 421.`] };
  const incoming = incomingOf<B>(head, clientAddress, edge.clock.nowMs());
  const exchange = exchangeOf(edge, incoming, site, { clientAddress, earlierAddresses: [] });
  const key = keyParts(resolveParts(site, endToEndRequest(head), { edge, incoming, clientAddress }).key);
  const about = { ...none, site: site.name, rules: exchange.effective.matched, key };
  const early = keptAway(exchange, site);
  if (early !== undefined) return { ...about, decision: "pass", says: [early] };
  const inStore = await edge.store.find(exchange.key);
  const found = await findStored(exchange);
  const decision = decide(exchange.request, found.variants, exchange.rules, edge.clock.nowMs());
  const lastAnswer = last.of(exchange.key);
  const stored = inStore.map((one) => storedOf(one, found.variants, edge.clock.nowMs()));
  const says = [
    sentenceOf(decision, stored, edge.clock.nowMs()),
    ...saidOfLast(decision, lastAnswer, edge.clock.nowMs()),
  ];
  return { ...about, decision: decision.kind, says, stored, last: lastAnswer };
}

function incomingOf<B>(head: RequestHead, clientAddress: string, nowMs: number): Incoming<B> {
  const rest = { cancellation: new Cancellation(), receivedAtMs: nowMs, interim: () => {} };
  return { head, body: undefined, peerAddress: clientAddress, ...rest };
}

function keptAway<B>({ effective, edge, key }: Exchange<B>, site: EdgeSite): string | undefined {
  if (effective.maintenance !== undefined) return `The site ${site.name} is closed by a rule for now.`;
  if (effective.redirect !== undefined) return "A rule of the site answers it with a redirect.";
  if (isBypassed(effective, edge.clock.nowMs())) {
    const rules = effective.matched.length === 0 ? "its settings" : `its rules ${effective.matched.join(", ")}`;
    return `The site keeps it away from the cache, by ${rules}: it is passed to the origin, and nothing is stored.`;
  }
  if (key.length > edge.limits.cacheKeyMaxBytes) return "Its key is longer than cacheKeyMaxBytes: it is passed.";
  return undefined;
}

function storedOf<B>(one: StoredResponse<B>, usable: readonly StoredResponse<B>[], nowMs: number): WhyStored {
  const now = usable.find(({ id }) => id === one.id);
  const { freshness, responseAtMs, head, varyOn, body } = now ?? one;
  return {
    status: head.status,
    ageSeconds: Math.round(ageSeconds(freshness, responseAtMs, nowMs)),
    lifetimeSeconds: Math.round(freshness.lifetimeSeconds),
    source: freshness.source,
    varyOn,
    bodyBytes: body.bytes,
    isUsable: now !== undefined,
  };
}

function sentenceOf<B>(decision: Decision<B>, stored: readonly WhyStored[], nowMs: number): string {
  switch (decision.kind) {
    case "hit": {
      const { freshness, responseAtMs } = decision.stored;
      const left = Math.round(freshness.lifetimeSeconds - ageSeconds(freshness, responseAtMs, nowMs));
      return `It is stored and fresh for ${left} s more: the next request is a hit.`;
    }
    case "stale":
      return "What is stored is stale, and may still answer (RFC 5861): the next request gets it, and it is refreshed.";
    case "revalidate":
      return `The origin is asked whether what is stored is still good: ${FORWARD_BECAUSE[decision.forward]}.`;
    case "fill":
      if (stored.some(({ isUsable }) => !isUsable)) {
        return "The next request goes to the origin: what is stored has been purged, or an unsafe request has changed it since (RFC 9111 section 4.4).";
      }
      return `The next request goes to the origin: ${FORWARD_BECAUSE[decision.forward]}.`;
    case "pass":
      return `The next request goes to the origin: ${FORWARD_BECAUSE[decision.forward]}.`;
    case "refuse":
      return "The client wants a stored response only, and there is none: 504.";
  }
}

function saidOfLast<B>(decision: Decision<B>, last: LastAnswer | undefined, nowMs: number): readonly string[] {
  if (decision.kind === "hit" || last === undefined || last.outcome === "stored") return [];
  const ago = Math.max(0, Math.round((nowMs - last.atMs) / 1000));
  const because = last.reason === undefined ? "" : `: ${notStoredBecause(last.reason)}`;
  const isRefused = last.outcome === "not-stored" || last.outcome === "hit-for-pass";
  const what = isRefused ? "was not stored" : `was "${last.outcome}" (${OUTCOMES[last.outcome]})`;
  return [`The last answer, ${ago} s ago, status ${last.status}, ${what}${because}.`];
}
