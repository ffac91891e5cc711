/** A record as one line: JSON, or the combined format that log readers have known since the nineties. */
import { fieldValue } from "../http/fields.ts";
import type { RequestRecord } from "../record.ts";
import { HitLines } from "./hit-line.ts";
import { JsonLines } from "./json-line.ts";
import { HARMLESS, type Redaction, Redactor, shownText } from "./redact.ts";

/** The formats. */
export type LogFormat = "json" | "combined";

/** Makes lines, each with its line feed. */
export type LogLine = (record: RequestRecord) => string;

/** The maker of a format's lines. */
export function logLine(format: LogFormat, redaction: Redaction): LogLine {
  const redactor = new Redactor(redaction);
  if (format === "combined") return (record) => combinedLine(record, redactor);
  const lines = new JsonLines(redactor);
  const hits = new HitLines(redactor);
  return (record) => hits.of(record) ?? lines.of(record);
}

/** Apache's combined format; what a client could use to forge a line is written as \xNN, as nginx does. */
function combinedLine(record: RequestRecord, redactor: Redactor): string {
  const { method, target, httpVersion = "1.1", status, bodyBytes, requestFields = [] } = record;
  const referer = fieldValue(requestFields, "referer");
  const request = `${shownText(method)} ${redactor.target(target)} HTTP/${httpVersion}`;
  return (
    `${redactor.address(record.clientAddress) ?? "-"} - - [${clfTime(record.atMs)}] ` +
    `"${escaped(request)}" ${status} ${bodyBytes} ` +
    `"${referer === undefined ? "-" : escaped(redactor.target(referer))}" ` +
    `"${agentText(fieldValue(requestFields, "user-agent") ?? "-")}"\n`
  );
}

let lastAgent = { written: "-", shown: "-" };

/** Many requests in a row come from the same browser. */
function agentText(written: string): string {
  if (lastAgent.written !== written) lastAgent = { written, shown: escaped(shownText(written)) };
  return lastAgent.shown;
}

function escaped(text: string): string {
  if (HARMLESS.test(text)) return text;
  return text.replace(
    /[^\x20-\x21\x23-\x5b\x5d-\x7e\xa0-\uffff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

let lastSecond = { atSeconds: -1, text: "" };

/** `10/Oct/2000:13:55:36 +0000`; under load many requests share a second, so the last text is kept. */
function clfTime(atMs: number): string {
  const atSeconds = Math.floor(atMs / 1_000);
  if (lastSecond.atSeconds !== atSeconds) {
    const iso = new Date(atMs).toISOString();
    const month = MONTHS[Number(iso.slice(5, 7)) - 1] ?? "";
    const text = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
    lastSecond = { atSeconds, text };
  }
  return lastSecond.text;
}
