/** Reads a body as text, as far as one cares to. */
import type { ByteBody } from "./bodies.ts";

/** The first `maxBytes` of a body as UTF-8; it is left after them. Throws when the body breaks before. */
export async function bodyText(body: ByteBody | undefined, maxBytes: number): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return new TextDecoder().decode(body.subarray(0, maxBytes));
  const decoder = new TextDecoder();
  let text = "";
  let left = maxBytes;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.byteLength;
    if (left <= 0) break;
  }
  return text + decoder.decode();
}
