/** Records as spans in OTLP's JSON form (opentelemetry-proto 1.x, `POST /v1/traces`). */
import { type Redaction, shownAddress, shownTarget, shownText } from "../log/redact.ts";
import type { RequestRecord } from "../record.ts";
import type { TraceContext } from "./trace-context.ts";

/** Who sends the spans. */
export interface SpanSource {
  readonly node: string;
  readonly role: string;
  readonly version: string;
}

/** The body of an export request. Records without a trace are left out. */
export function otlpBody(records: readonly RequestRecord[], source: SpanSource, redaction: Redaction): string {
  const spans = records.flatMap((record) =>
    record.trace === undefined ? [] : [spanOf(record, record.trace, redaction)],
  );
  const resource = attributesOf({
    "service.name": `antipode-${source.role}`,
    "service.instance.id": source.node,
    "service.version": source.version,
  });
  const scope = { name: "antipode", version: source.version };
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans }] }] });
}

/** SPAN_KIND_SERVER and STATUS_CODE_ERROR of the protocol. */
const SERVER = 2;
const ERROR = 2;

function spanOf(record: RequestRecord, trace: TraceContext, redaction: Redaction) {
  const { atMs, totalMs, method, status } = record;
  const failed = status >= 500 || !record.complete;
  return {
    traceId: trace.traceId,
    spanId: trace.spanId,
    ...(trace.parentSpanId !== undefined && { parentSpanId: trace.parentSpanId }),
    ...(trace.state !== undefined && { traceState: trace.state }),
    name: shownText(method),
    kind: SERVER,
    startTimeUnixNano: nanoseconds(atMs),
    endTimeUnixNano: nanoseconds(atMs + totalMs),
    attributes: attributesOf(spanAttributes(record, redaction)),
    ...(failed && { status: { code: ERROR } }),
  };
}

/** Names of OpenTelemetry's conventions for HTTP where there is one, our own otherwise. */
function spanAttributes(record: RequestRecord, redaction: Redaction): Readonly<Record<string, Attribute>> {
  const [path = "", query] = split(shownTarget(record.target, redaction));
  return {
    "http.request.method": shownText(record.method),
    "http.response.status_code": record.status,
    "http.response.body.size": record.bodyBytes,
    "server.address": shownText(record.authority),
    "url.path": path,
    "url.query": query,
    "network.protocol.version": record.httpVersion,
    "client.address": shownAddress(record.clientAddress, redaction),
    "antipode.site": record.site,
    "antipode.outcome": record.outcome,
    "antipode.forward": record.forward,
    "antipode.edge": record.edge,
    "antipode.upstream": record.upstream,
    "antipode.upstream_head_ms": record.upstreamHeadMs,
  };
}

type Attribute = string | number | undefined;

function attributesOf(values: Readonly<Record<string, Attribute>>) {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    // 64-bit integers are strings in the JSON form of protocol buffers.
    return [{ key, value: typeof value === "number" ? { intValue: `${Math.round(value)}` } : { stringValue: value } }];
  });
}

function split(target: string): readonly string[] {
  const query = target.indexOf("?");
  return query === -1 ? [target] : [target.slice(0, query), target.slice(query + 1)];
}

function nanoseconds(atMs: number): string {
  return `${Math.round(atMs)}000000`;
}
