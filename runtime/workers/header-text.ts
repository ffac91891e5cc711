/**
 * Between the platform's Headers and plain fields. The platform reads and writes values as UTF-8; fields hold one
 * character per byte, as on Node, so that every byte of an origin's value comes out as it went in.
 */
import type { FieldLine, Fields } from "../../core/http/fields.ts";

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
const ASCII = /^[\x00-\x7f]*$/;

/** The lines of Headers; all lines of a name are one, but those of Set-Cookie. */
export function fieldsOf(headers: Headers): FieldLine[] {
  const lines: FieldLine[] = [];
  for (const [name, value] of headers) lines.push([name, ASCII.test(value) ? value : bytesAsText(value)]);
  return lines;
}

/** Headers of lines. */
export function headersOf(fields: Fields): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) headers.append(name, ASCII.test(value) ? value : textOfBytes(value));
  return headers;
}

function bytesAsText(value: string): string {
  let text = "";
  for (const byte of ENCODER.encode(value)) text += String.fromCharCode(byte);
  return text;
}

/** Bytes that are no UTF-8 cannot be sent as they are: the platform would refuse nothing and write two bytes for one. */
function textOfBytes(value: string): string {
  try {
    return DECODER.decode(Uint8Array.from(value, (character) => character.charCodeAt(0)));
  } catch {
    return value;
  }
}
