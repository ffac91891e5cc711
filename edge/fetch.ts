/** One request to a site's origins: who is asked, with which fields, and what came back. */

import type { ExchangeTimes } from "../core/cache/freshness.ts";
import { keptFieldNames, keyFields } from "../core/cache/key-fields.ts";
import type { Cancellation } from "../core/cancellation.ts";
import { editedFields } from "../core/config/rule-actions.ts";
import type { Fields, ResponseHead } from "../core/http/fields.ts";
import { forwardedRequestFields, onlyAllowed } from "../core/http/forward.ts";
import { authorityOf, withPublicLocation } from "../core/http/location.ts";
import { isSafeMethod, mayAskAnother } from "../core/http/methods.ts";
import type { Target, UpstreamFailure, UpstreamResult } from "../core/ports.ts";
import { withAccess } from "../origin/access.ts";
import type { Lease } from "../origin/pool.ts";
import type { AttemptResult, PoolServer } from "../origin/pool-server.ts";
import type { Exchange } from "./exchange.ts";

/** What an origin answered, with the times that ages are counted from. */
export type Fetched<B> =
  | {
      readonly kind: "response";
      readonly head: ResponseHead;
      readonly body: B | undefined;
      readonly closeDelimited: boolean;
      readonly times: ExchangeTimes;
    }
  | { readonly kind: "failure"; readonly failure: UpstreamFailure };

/** How a request goes out. */
export interface FetchOptions {
  /** The client's fields, or those with our validators. */
  readonly fields: Fields;
  readonly cancellation: Cancellation;
  /** Denied names that go through since a stored Vary names them. */
  readonly keptFields: ReadonlySet<string>;
  /** Whether interim responses reach the client. */
  readonly relayInterim: boolean;
}

/** Answers of a server that is not well: another one may do better. */
const UNWELL_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Asks a server of the pool; the next one when the one before cannot have seen the request, or may see it twice and
 * gave no good answer. How often is bounded by the site, by the pool's retry budget, and by the load of this edge.
 */
export async function fetchOrigin<B>(exchange: Exchange<B>, options: FetchOptions): Promise<Fetched<B>> {
  const { edge, site } = exchange;
  const pool = edge.pools.of(site);
  const tried = new Set<PoolServer>();
  const { cancellation } = options;
  pool.request();
  let last: Fetched<B> | undefined;
  for (;;) {
    const acquired = pool.acquire({ tried, cancellation });
    const lease = acquired instanceof Promise ? await acquired : acquired;
    if (typeof lease === "string") return last ?? { kind: "failure", failure: lease };
    tried.add(lease.server);
    const fetched = await askOne(exchange, lease, options);
    // A bad answer is kept until something better came; a failure after it is nothing better.
    if (last?.kind === "response") {
      if (fetched.kind === "failure") return last;
      edge.bodies.discard(last.body);
    }
    last = fetched;
    if (!wantsAnother(exchange, fetched) || cancellation.cancelled || tried.size > site.retries) return last;
    if (edge.mayRetry?.() === false || !pool.takeRetry(tried)) return last;
  }
}

/** Whether asking another server may help, and does no harm. */
function wantsAnother<B>({ request, incoming }: Exchange<B>, fetched: Fetched<B>): boolean {
  if (fetched.kind === "failure") return mayAskAnother(request.method, incoming.body, fetched.failure);
  return UNWELL_STATUSES.has(fetched.head.status) && isSafeMethod(request.method) && incoming.body === undefined;
}

async function askOne<B>(exchange: Exchange<B>, lease: Lease, options: FetchOptions): Promise<Fetched<B>> {
  const { edge, asked } = exchange;
  const { target } = lease.server;
  const startedAtMs = edge.clock.nowMs();
  const requestAtMs = edge.invalidations.moment(startedAtMs);
  asked.upstream = hostPort(target);
  const result = await ask(exchange, lease, options);
  asked.headMs = edge.clock.nowMs() - startedAtMs;
  lease.ended(resultOf(result));
  if (result.kind === "failure") {
    lease.over();
    return { kind: "failure", failure: result.failure };
  }
  const head = { status: result.head.status, fields: withPublicLocation(result.head.fields, target) };
  return { ...result, head, times: { requestAtMs, responseAtMs: edge.clock.nowMs() } };
}

/** What an answer says of the server that gave it. */
function resultOf<B>(result: UpstreamResult<B>): AttemptResult {
  if (result.kind === "response") return UNWELL_STATUSES.has(result.head.status) ? "unwell" : "ok";
  return SAYS_NOTHING.has(result.failure) ? "unknown" : "failed";
}

/** Failures of our side: the client left, the config is wrong, there was no connection to spare. */
const SAYS_NOTHING: ReadonlySet<UpstreamFailure> = new Set(["cancelled", "forbidden-address", "busy"]);

function hostPort({ host, port }: Target): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function ask<B>(exchange: Exchange<B>, lease: Lease, options: FetchOptions): Promise<UpstreamResult<B>> {
  const to = lease.server.target;
  const { edge, site, request, rules, effective, incoming, clientAddress, earlierAddresses, observed } = exchange;
  const forwarded = forwardedRequestFields(
    options.fields,
    {
      node: edge.id,
      host: site.hostHeader ?? authorityOf(to),
      clientAddress,
      earlierAddresses,
      scheme: request.scheme,
      authority: request.authority,
      trace: observed.trace,
    },
    keptFieldNames(rules, options.keptFields),
  );
  const allowed = site.forwardHeaders === undefined ? forwarded : onlyAllowed(forwarded, site.forwardHeaders);
  const known = [...allowed, ...keyFields(request.fields, rules, exchange.country)];
  const fields = editedFields(known, effective.requestHeaders);
  const unsigned = { method: request.method, target: request.target, fields };
  const made = withAccess(unsigned, site, edge.clock.nowMs(), edge.hashing);
  return edge.upstream.fetch({
    to,
    ...(made instanceof Promise ? await made : made),
    body: incoming.body,
    allowPrivate: site.allowPrivate,
    timeouts: site.timeouts,
    tls: site.tls,
    http2: site.http2,
    cancellation: options.cancellation,
    onOver: lease.over,
    oddCodings: rules.profile === "rfc9111" ? "relay" : "refuse",
    ...(options.relayInterim && { onInterim: (head) => incoming.interim(head) }),
  });
}
