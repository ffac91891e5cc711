/** One request on its way through the edge: what is known of it, and the one record it ends in. */
import { outcomeOfRefusal } from "../core/cache/outcome.ts";
import { corsFields } from "../core/config/cors.ts";
import type { CachePolicy, EffectiveRules } from "../core/config/policy.ts";
import { editedFields } from "../core/config/rule-actions.ts";
import { type Account, cacheStatusValue } from "../core/http/cache-status.ts";
import {
  type FieldLine,
  type Fields,
  fieldValues,
  hasField,
  type RequestHead,
  withField,
  withoutFields,
} from "../core/http/fields.ts";
import { serverTiming } from "../core/http/server-timing.ts";
import type { ByteSpan, Incoming, Reply, Sent } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { type Observed, observe, passingOn } from "../core/trace/observed.ts";
import type { Edge, EdgeSite } from "./edge.ts";

/** A request with its site and key. */
export interface Exchange<B> {
  readonly edge: Edge<B>;
  readonly incoming: Incoming<B>;
  /** The request as the site's rules have it: rewritten path, kept query. `incoming.head` is what the client sent. */
  readonly request: RequestHead;
  readonly site: EdgeSite;
  /** What the site and its matching rules say about this request. */
  readonly effective: EffectiveRules;
  /** The part of it about caching. */
  readonly rules: CachePolicy;
  /** The key of what is stored for it: its own, or that of a request whose query differs in what does not matter. */
  readonly key: string;
  /** The key that its own target gives. */
  readonly ownKey: string;
  readonly clientAddress: string;
  readonly earlierAddresses: readonly string[];
  /** ISO 3166-1, `XX` for unknown. Undefined: nobody needs to know it. */
  readonly country: string | undefined;
  readonly observed: Observed;
  readonly asked: Asked;
  /** This is about one slice of what another exchange is about. */
  readonly slice?: { readonly span: ByteSpan; readonly of: Exchange<B> };
}

/** Whom a request was forwarded to last. The one thing of an exchange that changes on its way. */
export interface Asked {
  /** Its `host:port`. */
  upstream: string | undefined;
  /** How long it took to begin its answer, whatever that was. */
  headMs: number | undefined;
}

/** What is known of a request when it is answered. */
export interface Known {
  readonly site?: string | undefined;
  readonly clientAddress: string;
  readonly key?: string;
  readonly country?: string | undefined;
  readonly asked?: Asked;
  readonly observed?: Observed;
}

const ADDED: ReadonlySet<string> = new Set(["via", "cache-status"]);

/** Makes the reply: adds Via and Cache-Status, and turns "sent" into the record. */
export function reply<B>(
  edge: Edge<B>,
  incoming: Incoming<B>,
  known: Known,
  answer: { readonly status: number; readonly fields: Fields; readonly body: B | undefined; readonly close?: boolean },
  account: Account,
): Reply<B> {
  const headAtMs = edge.clock.nowMs();
  const fields = withOurFields(edge.id, answer.fields, account);
  const { asked, observed = observedOf(edge, incoming) } = known;
  const headMs = headAtMs - incoming.receivedAtMs;
  if (observed.debugging) {
    const traceId = observed.trace?.traceId;
    const timing = { node: edge.id, outcome: account.outcome, headMs, traceId };
    fields.push(["server-timing", serverTiming(timing, asked)]);
  }
  const made = recordOf(edge, incoming, known, account, observed, answer.status, headMs);
  return {
    head: { status: answer.status, fields },
    body: answer.body,
    ...(answer.close && { close: true }),
    sent: (result) => edge.record(finished(made, result, asked, edge.clock.nowMs())),
  };
}

/** The fields with this node's part in Via (RFC 9110 §7.6.3) and Cache-Status, each in one line at the end. */
function withOurFields(node: string, came: Fields, account: Account): FieldLine[] {
  const fields: FieldLine[] = [];
  let via = `1.1 ${node}`;
  if (hasField(came, "via")) via = [...fieldValues(came, "via"), via].join(", ");
  for (const line of came) if (!ADDED.has(line[0])) fields.push(line);
  fields.push(["via", via], ["cache-status", cacheStatusValue(came, node, account)]);
  return fields;
}

/** A record until its answer has left: made once, as this is done for each request. */
type Unfinished = { -readonly [Name in keyof RequestRecord]: RequestRecord[Name] };

function recordOf<B>(
  edge: Edge<B>,
  incoming: Incoming<B>,
  known: Known,
  account: Account,
  observed: Observed,
  status: number,
  headMs: number,
): Unfinished {
  const { head } = incoming;
  return {
    atMs: incoming.receivedAtMs,
    node: edge.id,
    role: "edge",
    site: known.site,
    outcome: account.outcome,
    forward: account.forward,
    reason: account.reason,
    key: known.key,
    method: head.method,
    authority: head.authority,
    target: head.target,
    httpVersion: incoming.httpVersion,
    requestFields: head.fields,
    status,
    bodyBytes: 0,
    complete: false,
    clientAddress: known.clientAddress,
    country: known.country,
    headMs,
    totalMs: 0,
    upstream: undefined,
    upstreamHeadMs: undefined,
    trace: observed.trace,
  };
}

/** The record once the answer has left or failed; whom was asked may have changed until then. */
function finished(made: Unfinished, { bodyBytes, complete, instead }: Sent, asked: Asked | undefined, nowMs: number) {
  made.bodyBytes = bodyBytes;
  made.complete = complete;
  made.totalMs = nowMs - made.atMs;
  made.upstream = asked?.upstream;
  made.upstreamHeadMs = asked?.headMs;
  if (instead !== undefined) {
    made.status = instead;
    made.outcome = outcomeOfRefusal(instead);
  }
  return made;
}

/** The trace of a request, and whether its client debugs. */
export function observedOf<B>(edge: Edge<B>, { head, peerAddress }: Incoming<B>): Observed {
  return observe(edge.observing ?? passingOn(() => edge.clock.random()), head.fields, peerAddress);
}

/** An answer before the site's rules have had their say. */
export interface Answer<B> {
  readonly status: number;
  readonly fields: Fields;
  readonly body: B | undefined;
}

/** The reply to an exchange, after the site's rules about answers: error pages, CORS, response headers. */
export function answer<B>(exchange: Exchange<B>, response: Answer<B>, account: Account): Reply<B> {
  const { edge, incoming, effective, request } = exchange;
  const { status, fields, body } = withErrorPage(exchange, response);
  const permitted = effective.cors === undefined ? fields : corsFields(fields, effective.cors, request);
  const edited = editedFields(permitted, effective.responseHeaders);
  return reply(edge, incoming, knownOf(exchange), { status, fields: edited, body }, account);
}

function knownOf<B>({ site, clientAddress, key, country, asked, observed }: Exchange<B>): Known {
  return { site: site.name, clientAddress, key, country, asked, observed };
}

const ABOUT_THE_BODY: ReadonlySet<string> = new Set(
  "content-length content-type content-encoding content-language content-range content-md5 etag last-modified accept-ranges".split(
    " ",
  ),
);

/** The site's own page in place of an error's body. */
function withErrorPage<B>({ effective, edge, incoming }: Exchange<B>, response: Answer<B>): Answer<B> {
  const page = response.status < 400 ? undefined : effective.errorPages.get(response.status);
  if (page === undefined) return response;
  edge.bodies.discard(response.body);
  const fields = withField(withoutFields(response.fields, ABOUT_THE_BODY), "content-type", page.contentType);
  const body = incoming.head.method === "HEAD" ? undefined : edge.bodies.fromText(page.body);
  return { status: response.status, fields, body };
}
