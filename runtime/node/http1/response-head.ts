/** The head of an answer as text: status line, the role's fields, and the ones that are the listener's own. */
import { STATUS_CODES } from "node:http";
import type { ResponseHead } from "../../../core/http/fields.ts";
import { TOKEN } from "../../../core/http/guard-fields.ts";
import { canonicalCase } from "./field-case.ts";

/** Framing and connection are the listener's; a role's own words on them are dropped. */
const LISTENER_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What the listener adds. */
export interface Framing {
  /** A length, `chunked`, or nothing: no body, or one that ends with the connection. */
  readonly body: number | "chunked" | "none";
  /** `default` says nothing: HTTP/1.1 keeps connections (RFC 9112 §9.3). */
  readonly connection: "close" | "keep-alive" | "default";
}

const VALUE_FORBIDDEN = /[^\t\x20-\x7e\x80-\xff]/;
const REMEMBERED_NAMES = 1_024;
/** Name → what is written before its value; empty for names that are not written. */
const written = new Map<string, string>([...LISTENER_FIELDS].map((name) => [name, ""]));
const statusLines = new Map<number, string>();

/** The head with the empty line behind it. Throws when a field cannot be written (FAULTS R12): a bug of the role's. */
export function responseHead(head: ResponseHead, framing: Framing, nowMs: number): string {
  let text = statusLine(head.status);
  let dated = false;
  for (const [name, value] of head.fields) {
    const before = written.get(name) ?? learn(name);
    if (before === "") continue;
    if (VALUE_FORBIDDEN.test(value)) throw new Error(`a value of ${name} cannot be written`);
    if (name === "date") dated = true;
    text += `${before}${value}\r\n`;
  }
  if (framing.body === "chunked") text += "Transfer-Encoding: chunked\r\n";
  else if (framing.body !== "none") text += `Content-Length: ${framing.body}\r\n`;
  if (!dated) text += dateLine(nowMs);
  if (framing.connection === "close") return `${text}Connection: close\r\n\r\n`;
  return framing.connection === "default" ? `${text}\r\n` : `${text}Connection: keep-alive\r\n\r\n`;
}

/** An interim response (RFC 9110 §15.2): the fields only. */
export function interimHead(head: ResponseHead): string {
  let text = statusLine(head.status);
  for (const [name, value] of head.fields) {
    const before = written.get(name) ?? learn(name);
    if (before !== "" && !VALUE_FORBIDDEN.test(value)) text += `${before}${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** The status line. Throws for what is no status of three digits. */
export function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new Error(`${status} is not a status`);
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}\r\n`;
  statusLines.set(status, line);
  return line;
}

/** Origins choose names, so what is remembered is bounded. */
function learn(name: string): string {
  if (!TOKEN.test(name)) throw new Error("a field name cannot be written");
  const before = `${canonicalCase(name)}: `;
  if (written.size < REMEMBERED_NAMES) written.set(name, before);
  return before;
}

let dateSecond = -1;
let date = "";
let line = "";

/** Date changes once a second (RFC 9110 §6.6.1). */
export function dateLine(nowMs: number): string {
  dateText(nowMs);
  return line;
}

/** The value of Date. */
export function dateText(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1_000).toUTCString();
    line = `Date: ${date}\r\n`;
  }
  return date;
}
