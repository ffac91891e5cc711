/** One request to a site's origins: who is asked, with which fields, and what came back. */

import type { ExchangeTimes } from "../core/cache/freshness.ts";
import { keptFieldNames, keyFields } from "../core/cache/key-fields.ts";
import type { Cancellation } from "../core/cancellation.ts";
import { editedFields } from "../core/config/rule-actions.ts";
import type { Fields, ResponseHead } from "../core/http/fields.ts";
import { forwardedRequestFields, onlyAllowed } from "../core/http/forward.ts";
import { authorityOf, withPublicLocation } from "../core/http/location.ts";
import { mayAskAnother } from "../core/http/methods.ts";
import type { Target, UpstreamFailure, UpstreamResult } from "../core/ports.ts";
import { originOrder } from "../origin/order.ts";
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

/** Asks the origins in order. The next one is tried when the one before cannot have seen the request, or may see it twice. */
export async function fetchOrigin<B>(exchange: Exchange<B>, options: FetchOptions): Promise<Fetched<B>> {
  const { edge, site, request, incoming, asked } = exchange;
  let last: Fetched<B> = { kind: "failure", failure: "refused" };
  for (const origin of originOrder(site.origins, edge.clock.random()).slice(0, 1 + site.retries)) {
    const startedAtMs = edge.clock.nowMs();
    const requestAtMs = edge.invalidations.moment(startedAtMs);
    asked.upstream = hostPort(origin.target);
    const result = await ask(exchange, origin.target, options);
    asked.headMs = edge.clock.nowMs() - startedAtMs;
    if (result.kind === "response") {
      const head = { status: result.head.status, fields: withPublicLocation(result.head.fields, origin.target) };
      return { ...result, head, times: { requestAtMs, responseAtMs: edge.clock.nowMs() } };
    }
    last = { kind: "failure", failure: result.failure };
    const mayRepeat = mayAskAnother(request.method, incoming.body, result.failure);
    if (!mayRepeat || options.cancellation.cancelled || edge.mayRetry?.() === false) break;
  }
  return last;
}

function hostPort({ host, port }: Target): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function ask<B>(exchange: Exchange<B>, to: Target, options: FetchOptions): Promise<UpstreamResult<B>> {
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
  return edge.upstream.fetch({
    to,
    method: request.method,
    target: request.target,
    fields,
    body: incoming.body,
    allowPrivate: site.allowPrivate,
    timeouts: site.timeouts,
    cancellation: options.cancellation,
    oddCodings: rules.profile === "rfc9111" ? "relay" : "refuse",
    ...(options.relayInterim && { onInterim: (head) => incoming.interim(head) }),
  });
}
