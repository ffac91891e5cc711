/** A record as one line: JSON, or the combined format that log readers have known since the nineties. */
import { fieldValue } from "../http/fields.ts";
import type { RequestRecord } from "../record.ts";
import { LOG_FIELDS, type LogField, type LogValue } from "./log-fields.ts";
import { type Redaction, shownAddress, shownTarget, shownText } from "./redact.ts";

/** The formats. */
export type LogFormat = "json" | "combined";

/** Makes lines, each with its line feed. */
export type LogLine = (record: RequestRecord) => string;

/** The maker of a format's lines. */
export function logLine(format: LogFormat, redaction: Redaction): LogLine {
  return format === "json" ? (record) => jsonLine(record, redaction) : (record) => combinedLine(record, redaction);
}

const FIELDS: readonly (readonly [prefix: string, field: LogField])[] = Object.entries(LOG_FIELDS).map(
  ([name, field]) => [`"${name}":`, field],
);

function jsonLine(record: RequestRecord, redaction: Redaction): string {
  let line = "";
  for (const [prefix, field] of FIELDS) {
    const value = field.value(record, redaction);
    if (value === undefined) continue;
    line += `${line === "" ? "{" : ","}${prefix}${jsonValue(field, value)}`;
  }
  return `${line}}\n`;
}

function jsonValue(field: LogField, value: Exclude<LogValue, undefined>): string {
  if (typeof value === "string") return field.text === "plain" ? `"${value}"` : JSON.stringify(value);
  return typeof value === "object" ? JSON.stringify(value) : `${value}`;
}

/** Apache's combined format; what a client could use to forge a line is written as \xNN, as nginx does. */
function combinedLine(record: RequestRecord, redaction: Redaction): string {
  const { method, target, httpVersion = "1.1", status, bodyBytes, requestFields = [] } = record;
  const referer = fieldValue(requestFields, "referer");
  const request = `${shownText(method)} ${shownTarget(target, redaction)} HTTP/${httpVersion}`;
  return (
    `${shownAddress(record.clientAddress, redaction) ?? "-"} - - [${clfTime(record.atMs)}] ` +
    `"${escaped(request)}" ${status} ${bodyBytes} ` +
    `"${referer === undefined ? "-" : escaped(shownTarget(referer, redaction))}" ` +
    `"${escaped(shownText(fieldValue(requestFields, "user-agent") ?? "-"))}"\n`
  );
}

function escaped(text: string): string {
  return text.replace(
    /[^\x20-\x21\x23-\x5b\x5d-\x7e\xa0-\uffff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `10/Oct/2000:13:55:36 +0000`. */
function clfTime(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
