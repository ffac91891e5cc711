/** A record as one line: JSON, or the combined format that log readers have known since the nineties. */
import { fieldValue } from "../http/fields.ts";
import type { RequestRecord } from "../record.ts";
import { LOG_FIELDS, type LogField } from "./log-fields.ts";
import { type Redaction, Redactor, shownText } from "./redact.ts";

/** The formats. */
export type LogFormat = "json" | "combined";

/** Makes lines, each with its line feed. */
export type LogLine = (record: RequestRecord) => string;

/** The maker of a format's lines. */
export function logLine(format: LogFormat, redaction: Redaction): LogLine {
  const redactor = new Redactor(redaction);
  if (format === "combined") return (record) => combinedLine(record, redactor);
  const lines = new JsonLines(redactor);
  return (record) => lines.of(record);
}

/** Texts that need no escape in JSON: most of them. */
const HARMLESS = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

interface LineField {
  readonly field: LogField;
  /** What stands between the value before it and its own: `text` or `other`, after a text or another. */
  readonly between: {
    readonly textText: string;
    readonly otherText: string;
    readonly textOther: string;
    readonly otherOther: string;
  };
  /** A text that needed no escape, the last one: many requests in a row have the same. */
  harmless: string;
}

/**
 * Written for speed, since it runs for every request: as few pieces as can be are put together, and a text is not
 * searched again when it is the one of the request before.
 */
class JsonLines {
  readonly #redactor: Redactor;
  readonly #fields: readonly LineField[] = Object.entries(LOG_FIELDS).map(([name, field], index): LineField => {
    // The first one, the time, is never absent.
    const key = `${index === 0 ? "{" : ","}"${name}":`;
    const between = { textText: `"${key}"`, otherText: `${key}"`, textOther: `"${key}`, otherOther: key };
    return { field, between, harmless: "" };
  });

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  of(record: RequestRecord): string {
    let line = "";
    let afterText = false;
    for (const each of this.#fields) {
      const value = each.field.value(record, this.#redactor);
      if (value === undefined) continue;
      const { between } = each;
      if (typeof value === "string" && isHarmless(each, value)) {
        line += (afterText ? between.textText : between.otherText) + value;
        afterText = true;
      } else {
        const shown = typeof value === "number" || typeof value === "boolean" ? value : JSON.stringify(value);
        line += (afterText ? between.textOther : between.otherOther) + shown;
        afterText = false;
      }
    }
    return line + (afterText ? '"}\n' : "}\n");
  }
}

function isHarmless(each: LineField, text: string): boolean {
  if (each.field.text === "plain" || text === each.harmless) return true;
  if (!HARMLESS.test(text)) return false;
  each.harmless = text;
  return true;
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
