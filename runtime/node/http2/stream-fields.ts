/** Fields of HTTP/2 as our heads have them, and back (RFC 9113 section 8). */
import type { FieldLine, ResponseHead } from "../../../core/http/fields.ts";
import type { RawRequestHead } from "../../../core/http/guard.ts";
import { dateText } from "../http1/response-head.ts";

/** Fields that speak of a connection have no meaning here (RFC 9113 section 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  ...["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "trailer"],
]);
const VALUE_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;

/** The head of a request: pseudo-fields apart, crumbs of cookies put together (section 8.2.3). */
export function requestHeadOf(raw: readonly string[], isOpen: boolean): RawRequestHead {
  const pseudo = new Map<string, string>();
  const fields: FieldLine[] = [];
  const cookies: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = [raw[at], raw[at + 1]];
    if (name.startsWith(":")) pseudo.set(name, value);
    else if (name === "cookie") cookies.push(value);
    else fields.push([name, value]);
  }
  if (cookies.length > 0) fields.push(["cookie", cookies.join("; ")]);
  const authority = pseudo.get(":authority");
  return {
    method: pseudo.get(":method") ?? "",
    target: pseudo.get(":path") ?? "",
    httpVersion: "2.0",
    ...(authority !== undefined && { authority }),
    streamOpen: isOpen,
    fields,
  };
}

/** Fields of an interim response as Node takes them. What belongs to connections, or cannot be written, is left out: it is a hint. */
export function interimFieldsOf({ status, fields }: ResponseHead): Record<string, string | string[] | number> {
  const lists = new Map<string, string[]>();
  for (const [name, value] of fields) {
    if (CONNECTION_FIELDS.has(name) || VALUE_FORBIDDEN.test(value)) continue;
    lists.set(name, [...(lists.get(name) ?? []), value]);
  }
  return { ...Object.fromEntries(lists), ":status": status };
}

/** Names and values of a response in turn. Throws when a field cannot be written: a bug of the role's (FAULTS R12). */
export function responseFieldsOf(head: ResponseHead, lengthBytes: number | undefined, nowMs: number): string[] {
  const raw = [":status", `${head.status}`];
  let isDated = false;
  for (const [name, value] of head.fields) {
    if (CONNECTION_FIELDS.has(name) || (name === "content-length" && lengthBytes !== undefined)) continue;
    if (VALUE_FORBIDDEN.test(value)) throw new Error(`a value of ${name} cannot be written`);
    if (name === "date") isDated = true;
    raw.push(name, value);
  }
  if (lengthBytes !== undefined) raw.push("content-length", `${lengthBytes}`);
  if (!isDated) raw.push("date", dateText(nowMs));
  return raw;
}
