/** Answers of the listener itself: static text that reflects nothing of the request and is never stored. */
import { STATUS_CODES } from "node:http";
import type { FieldLine, Fields } from "../../../core/http/fields.ts";
import { ALLOWED_METHODS } from "../../../core/http/methods.ts";
import { responseHead } from "./response-head.ts";

/** Fields and text of a refusal or failure. */
export interface StaticAnswer {
  readonly status: number;
  readonly fields: Fields;
  readonly text: string;
}

/** The page of a status. */
export function staticAnswer(status: number): StaticAnswer {
  const fields: FieldLine[] = [
    ["content-type", "text/plain; charset=utf-8"],
    ["cache-control", "no-store"],
    ["x-content-type-options", "nosniff"],
  ];
  if (status === 405) fields.push(["allow", ALLOWED_METHODS]);
  return { status, fields, text: `${status} ${STATUS_CODES[status] ?? "Error"}\n` };
}

/** The same as bytes, the last ones of a connection. A HEAD is answered without the text. */
export function lastWords(status: number, method: string | undefined, nowMs: number): string {
  const { fields, text } = staticAnswer(status);
  const head = responseHead({ status, fields }, { body: text.length, connection: "close" }, nowMs);
  return method === "HEAD" ? head : head + text;
}
