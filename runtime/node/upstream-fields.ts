/** The fields of a request as a client of HTTP/1.1 or HTTP/2 takes them. */
import type { Fields } from "../../core/http/fields.ts";
import type { Target, UpstreamRequest } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";

/** Set by the client from the body and the connection; a caller's copy would contradict it. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Names and values one after the other. The length of a buffer, or of nothing, is the client's to write. */
export function sentFields(request: UpstreamRequest<ByteBody>): string[] {
  const keepsLength = request.body !== undefined && !(request.body instanceof Uint8Array);
  const flat: string[] = [];
  for (const [name, value] of request.fields) {
    if (FRAMING_FIELDS.has(name) || (name === "content-length" && !keepsLength)) continue;
    flat.push(name, value);
  }
  return flat;
}

/** Host of these fields; of the target when they have none. */
export function hostOf(request: { readonly fields: Fields; readonly to: Target }): string {
  return request.fields.find(([name]) => name === "host")?.[1] ?? request.to.host;
}

/** The same for HTTP/2: pseudo-fields first, the authority in place of Host, nothing about the connection (RFC 9113 §8.2.2, §8.3.1). */
export function sentFieldsOfHttp2(request: UpstreamRequest<ByteBody>): string[] {
  const { method, target, to, body } = request;
  const flat = [":method", method, ":scheme", to.scheme, ":authority", hostOf(request), ":path", target];
  const fields = sentFields(request);
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name = "", value = ""] = [fields[index], fields[index + 1]];
    if (name === "host" || name === "http2-settings" || (name === "te" && value !== "trailers")) continue;
    flat.push(name, value);
  }
  if (body instanceof Uint8Array) flat.push("content-length", `${body.byteLength}`);
  return flat;
}
