/** The fields of a log line, in one table: the lines and docs/logs.md come from it. */
import { fieldValue, fieldValues, hasField } from "../http/fields.ts";
import type { RequestRecord } from "../record.ts";
import { keyDigest } from "./key-digest.ts";
import { type Redactor, shownText } from "./redact.ts";

/** A value as JSON has it; undefined fields are left out of the line. */
export type LogValue = string | number | boolean | readonly string[] | undefined;

/** One field. */
export interface LogField {
  readonly help: string;
  /** The text is made by the client or the origin: it may hold anything. `plain` texts need no escaping. */
  readonly text: "foreign" | "plain";
  value(record: RequestRecord, redactor: Redactor): LogValue;
}

/** Nodes of CDN-Loop that are shown, the last ones. */
const PATH_MAX = 8;

const plain = (help: string, value: LogField["value"]): LogField => ({ help, text: "plain", value });
const foreign = (help: string, value: LogField["value"]): LogField => ({ help, text: "foreign", value });

/** The fields in the order of a line. Names are those of the record where it has them. */
export const LOG_FIELDS = {
  time: plain("When the head of the request was complete: RFC 3339, UTC, milliseconds.", ({ atMs }) => timeText(atMs)),
  node: foreign("The node that writes the line, as in `Cache-Status` and `Via`.", ({ node }) => node),
  role: plain("`edge` or `router`.", ({ role }) => role),
  site: foreign("The site; absent when the host belongs to none.", ({ site }) => site),
  outcome: plain(
    "What happened, one word of the list below; the same as `detail` in `Cache-Status`.",
    (r) => r.outcome,
  ),
  forward: plain("Why the request went forward (RFC 9211 `fwd`); absent for hits.", ({ forward }) => forward),
  reason: foreign("Why an answer was not stored, or a request was refused.", ({ reason }) => reason),
  keyDigest: plain("A digest of the cache key: lines of one key have the same.", ({ key }) =>
    key === undefined ? undefined : keyDigest(key),
  ),
  method: foreign("The method.", ({ method }) => shownText(method)),
  authority: foreign("Host and port asked for.", ({ authority }) => shownText(authority)),
  target: foreign("Path and query; values of secret parameters are `[hidden]`.", (r, redactor) =>
    redactor.target(r.target),
  ),
  protocol: plain("`HTTP/1.0`, `HTTP/1.1` or `HTTP/2`.", ({ httpVersion }) =>
    httpVersion === undefined ? undefined : `HTTP/${httpVersion}`,
  ),
  status: plain("The status of the answer.", ({ status }) => status),
  bodyBytes: plain("Bytes of the answer's body that were sent.", ({ bodyBytes }) => bodyBytes),
  complete: plain("False when the answer did not arrive whole.", ({ complete }) => complete),
  headMs: plain("Milliseconds from the head of the request to the head of the answer.", ({ headMs }) => headMs),
  totalMs: plain("Milliseconds from the head of the request to the last byte of the answer.", (r) => r.totalMs),
  upstream: foreign("Who was asked last: an origin's `host:port`.", ({ upstream }) => upstream),
  upstreamHeadMs: plain("Milliseconds that it took to begin its answer.", ({ upstreamHeadMs }) => upstreamHeadMs),
  edge: foreign("The edge that a router chose.", ({ edge }) => edge),
  tierPath: foreign("Nodes of this CDN that the request passed before, oldest first (from `CDN-Loop`).", tierPath),
  clientAddress: foreign("The client's network: a /24 or /48, unless `--log-address full`.", (r, redactor) =>
    redactor.address(r.clientAddress),
  ),
  country: plain("The client's country (ISO 3166-1, `XX`: unknown), where it is part of the key.", (r) => r.country),
  userAgent: foreign("The client's `User-Agent`.", (r) => fieldText(r, "user-agent")),
  referer: foreign("The client's `Referer`, secrets hidden as in `target`.", (r, redactor) => {
    const referer = r.requestFields === undefined ? undefined : fieldValue(r.requestFields, "referer");
    return referer === undefined ? undefined : redactor.target(referer);
  }),
  traceId: plain("The W3C trace that the request belongs to.", ({ trace }) => trace?.traceId),
  spanId: plain("This node's span in it: the parent that the next hop sees.", ({ trace }) => trace?.spanId),
  parentSpanId: plain("The span of whoever asked.", ({ trace }) => trace?.parentSpanId),
} as const satisfies Record<string, LogField>;

let lastTime = { atMs: 0, text: "1970-01-01T00:00:00.000Z" };

/** Milliseconds since 1970 as RFC 3339. Under load many requests share a millisecond: the last text is kept. */
export function timeText(atMs: number): string {
  if (lastTime.atMs !== atMs) lastTime = { atMs, text: new Date(atMs).toISOString() };
  return lastTime.text;
}

function fieldText({ requestFields }: RequestRecord, name: string): string | undefined {
  const value = requestFields === undefined ? undefined : fieldValue(requestFields, name);
  return value === undefined ? undefined : shownText(value);
}

function tierPath({ requestFields }: RequestRecord): readonly string[] | undefined {
  if (requestFields === undefined || !hasField(requestFields, "cdn-loop")) return undefined;
  const nodes: string[] = [];
  for (const value of fieldValues(requestFields, "cdn-loop")) {
    for (const [, node = ""] of value.matchAll(/antipode; node="([^"]{1,64})"/g)) nodes.push(node);
  }
  return nodes.length === 0 ? undefined : nodes.slice(-PATH_MAX);
}
