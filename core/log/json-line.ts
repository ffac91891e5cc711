/** The JSON line of any record, from the table of fields. */
import type { RequestRecord } from "../record.ts";
import { LOG_FIELDS, type LogField } from "./log-fields.ts";
import { HARMLESS, type Redactor } from "./redact.ts";

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
export class JsonLines {
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
