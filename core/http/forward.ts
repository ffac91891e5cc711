/** Which fields travel on: end-to-end fields, and what a request to an origin carries (RFC 9110 §7.6, FAULTS C01, C24). */
import { type TraceContext, traceFields } from "../trace/trace-context.ts";
import {
  combinedValue,
  type FieldLine,
  type Fields,
  fieldValue,
  fieldValues,
  hasField,
  type RequestHead,
  splitList,
} from "./fields.ts";

/** Fields of one connection, never forwarded nor stored (RFC 9110 §7.6.1, RFC 9111 §3.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names that a Connection field cannot take away: they are end-to-end whatever it lists (FAULTS F33). */
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  "host",
  "cache-control",
  "content-length",
  "content-type",
  "content-encoding",
  "content-range",
  "authorization",
  "cookie",
  "set-cookie",
  "vary",
  "via",
  "cdn-loop",
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "age",
  "date",
  "etag",
  "expires",
  "last-modified",
  "location",
  "range",
  "accept-encoding",
]);

/**
 * Request fields that frameworks act on and that no cache key holds: an attacker's value would end up in a stored
 * answer (FAULTS C01), or pretends to come from us (C24). Removed from every request to an origin.
 */
const DENIED_REQUEST_FIELDS: ReadonlySet<string> = new Set([
  "x-host",
  "x-original-host",
  "x-original-url",
  "x-original-uri",
  "x-rewrite-url",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-path",
  "x-forwarded-scheme",
  "x-forwarded-ssl",
  "x-forwarded-server",
  "x-forwarded-by",
  "x-forwarded-uri",
  "x-forwarded-protocol",
  "x-forwarded-context",
  "x-forwarded-for-original",
  "x-forwarder-for",
  "x-forwarded",
  "x-forward-for",
  "x-forward-host",
  "forwarded-for",
  "forwarded-host",
  "forwarded-proto",
  "forwarded",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-http-destinationurl",
  "x-http-host-override",
  "x-proxy-url",
  "x-url-scheme",
  "x-scheme",
  "x-script-name",
  "x-custom-ip-authorization",
  "x-real-ip",
  "x-client-ip",
  "x-remote-ip",
  "x-remote-addr",
  "x-originating-ip",
  "x-cluster-client-ip",
  "x-backend-host",
  "x-server-name",
  "x-wap-profile",
  "client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
  "front-end-https",
  "base-url",
  "proxy",
  "request-uri",
  "destination-url",
  "redirect",
  "x-middleware-prefetch",
  "x-middleware-rewrite",
  "x-middleware-subrequest",
  "x-invoke-path",
  "x-invoke-query",
  "x-invoke-status",
  "x-invoke-output",
  "x-matched-path",
  "x-now-route-matches",
  "x-envoy-original-path",
  "x-envoy-original-host",
  "x-ms-original-url",
  "x-rewrite-path",
  "x-base-url",
  "x-forwarded-request-uri",
  "x-forwarded-root",
  "x-proto",
  "x-ssl",
  "x-https",
  "x-url",
  "cf-visitor",
  "cloudfront-forwarded-proto",
  "cloudfront-viewer-address",
  "fastly-ssl",
  "fly-client-ip",
  "x-azure-clientip",
  "x-sucuri-clientip",
  "x-cache",
  "x-cache-key",
  "cache-status",
  "surrogate-key",
  "surrogate-control",
  "surrogate-capability",
  "cache-tag",
  "cdn-cache-control",
]);

/** Prefix of our own internal fields; a client's are dropped. */
const INTERNAL_PREFIX = "x-antipode-";

/** The fields without those of the connection and those it nominates. */
export function endToEndFields(fields: Fields): Fields {
  const connection = combinedValue(fields, "connection");
  const nominated = connection === undefined ? NONE : nominatedNames(connection);
  return fields.filter(([name]) => !HOP_BY_HOP.has(name) && !nominated.has(name));
}

/** What Connection says in nearly all requests: it nominates nothing. */
const PLAIN_CONNECTION: ReadonlySet<string> = new Set(["keep-alive", "close"]);

/**
 * A request without the fields of its connection. The origin does not get a field that Connection nominates, so neither
 * may it choose a key or a variant: `Connection: x-plan` would store the page for nobody as that of a plan.
 */
export function endToEndRequest(head: RequestHead): RequestHead {
  const connection = fieldValue(head.fields, "connection");
  if (connection === undefined || PLAIN_CONNECTION.has(connection)) return head;
  return { ...head, fields: endToEndFields(head.fields) };
}

const NONE: ReadonlySet<string> = new Set();

function nominatedNames(connection: string): ReadonlySet<string> {
  return new Set(splitList(connection.toLowerCase()).filter((name) => !NEVER_NOMINATED.has(name)));
}

/** What a node adds to a request that it forwards. */
export interface ForwardedBy {
  /** The name in Via and CDN-Loop (RFC 9110 §7.6.3, RFC 8586). */
  readonly node: string;
  /** The Host that the next hop is to see. */
  readonly host: string;
  readonly clientAddress: string;
  /** Addresses before it, from trusted proxies only. */
  readonly earlierAddresses: readonly string[];
  readonly scheme: "http" | "https";
  /** The authority that the client asked for. */
  readonly authority: string;
  /** The trace that the request goes on in. Undefined: what came of one is not passed on. */
  readonly trace?: TraceContext | undefined;
}

const REPLACED: ReadonlySet<string> = new Set([
  "host",
  "via",
  "cdn-loop",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "traceparent",
  "tracestate",
]);

/**
 * The fields of a request to the next hop: end-to-end ones that are not denied, our own added. `kept` names fields
 * that go through although denied, since a stored Vary names them.
 */
export function forwardedRequestFields(fields: Fields, by: ForwardedBy, kept: ReadonlySet<string> = NONE): Fields {
  const forwarded: FieldLine[] = [["host", by.host]];
  for (const line of endToEndFields(fields)) {
    const name = line[0];
    if (REPLACED.has(name) || (DENIED_REQUEST_FIELDS.has(name) && !kept.has(name))) continue;
    if (name.startsWith(INTERNAL_PREFIX) || name === "x-antipode" || name === "expect") continue;
    forwarded.push(line);
  }
  forwarded.push(
    ["via", [...fieldValues(fields, "via"), `1.1 ${by.node}`].join(", ")],
    ["cdn-loop", [...fieldValues(fields, "cdn-loop"), loopToken(by.node)].join(", ")],
    ["x-forwarded-for", [...by.earlierAddresses, by.clientAddress].join(", ")],
    ["x-forwarded-proto", by.scheme],
    ["x-forwarded-host", by.authority],
  );
  if (by.trace !== undefined) forwarded.push(...traceFields(by.trace));
  return forwarded;
}

/** What a request cannot do without, whatever a site's allow-list says. */
const ALWAYS_FORWARDED: ReadonlySet<string> = new Set(
  (
    "host via cdn-loop x-forwarded-for x-forwarded-proto x-forwarded-host content-type content-length content-encoding " +
    "range if-range if-match if-none-match if-modified-since if-unmodified-since traceparent"
  ).split(" "),
);

/** Only the fields of a site's allow-list, and those that HTTP itself needs. */
export function onlyAllowed(fields: Fields, allowed: ReadonlySet<string>): Fields {
  return fields.filter(([name]) => allowed.has(name) || ALWAYS_FORWARDED.has(name));
}

/** Our member of CDN-Loop: one name for the CDN, the node as a parameter (RFC 8586 §2). */
export function loopToken(node: string): string {
  return `antipode; node="${node}"`;
}

const NO_LOOP = { here: 0, total: 0 } as const;

/** How often a request has passed this node, and any node of an Antipode. */
export function loopCount(fields: Fields, node: string): { readonly here: number; readonly total: number } {
  if (!hasField(fields, "cdn-loop")) return NO_LOOP;
  const members = fieldValues(fields, "cdn-loop").flatMap(splitList);
  return {
    here: members.filter((member) => member === loopToken(node)).length,
    total: members.filter((member) => member.startsWith("antipode")).length,
  };
}
