/** Answers of the listener itself: static text that reflects nothing of the request and is never stored. */
import { STATUS_CODES } from "node:http";

/** Fields and text of a refusal or failure, in canonical case. */
export interface StaticAnswer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly text: string;
}

/** Methods that a public listener lets through, for `Allow` (RFC 9110 §15.5.6). */
const ALLOWED_METHODS = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";

/** The page of a status. */
export function staticAnswer(status: number): StaticAnswer {
  const text = `${status} ${STATUS_CODES[status] ?? "Error"}\n`;
  return {
    status,
    fields: [
      ...["Content-Type", "text/plain; charset=utf-8", "Content-Length", String(text.length)],
      ...["Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"],
      ...(status === 405 ? ["Allow", ALLOWED_METHODS] : []),
    ],
    text,
  };
}

/** The same as bytes, for a connection that has no request to answer. It says that the connection closes. */
export function rawAnswer(status: number): string {
  const { fields, text } = staticAnswer(status);
  let head = `HTTP/1.1 ${text.trimEnd()}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n`;
  for (let index = 0; index + 1 < fields.length; index += 2) head += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return `${head}\r\n${text}`;
}
