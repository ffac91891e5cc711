/** Writes a role's reply: framing, head and body, with backpressure. What cannot end cleanly is cut, never ended. */
import type { ServerResponse } from "node:http";
import type { Cancellation } from "../../../core/cancellation.ts";
import { fieldValue } from "../../../core/http/fields.ts";
import type { Reply } from "../../../core/ports.ts";
import { type ByteBody, discardBody, leave } from "../../memory/bodies.ts";
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

/** Where a reply goes. */
export interface ReplyTarget {
  readonly response: ServerResponse;
  readonly method: string;
  readonly httpVersion: string;
  /** Fires when the client goes away. */
  readonly cancellation: Cancellation;
  /** Bytes of body handed to the connection. */
  bodyBytes: number;
}

/** Writes it all. Resolves to false when the body failed and the connection had to be cut. Throws on a bad head. */
export async function writeReply(target: ReplyTarget, reply: Reply<ByteBody>): Promise<boolean> {
  const { response } = target;
  const { status, fields } = reply.head;
  const bodyless = target.method === "HEAD" || status === 204 || status === 304;
  const body = bodyless ? undefined : (reply.body ?? NO_BYTES);
  const declared = declaredLength(fieldValue(fields, "content-length"));
  const length = body instanceof Uint8Array ? body.byteLength : status === 204 ? undefined : declared;
  const flat: string[] = [];
  for (const [name, value] of fields) if (!LISTENER_FIELDS.has(name)) flat.push(canonicalCase(name), value);
  if (length !== undefined) flat.push("Content-Length", String(length));
  response.writeHead(status, flat);
  if (bodyless) {
    discardBody(reply.body);
    response.end();
    return true;
  }
  if (body instanceof Uint8Array) {
    target.bodyBytes = body.byteLength;
    response.end(body);
    return true;
  }
  return body === undefined ? true : writeStream(target, body, length);
}

const NO_BYTES = new Uint8Array(0);

function declaredLength(value: string | undefined): number | undefined {
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

async function writeStream(
  target: ReplyTarget,
  body: AsyncIterable<Uint8Array>,
  length: number | undefined,
): Promise<boolean> {
  const { response, cancellation } = target;
  const iterator = body[Symbol.asyncIterator]();
  const stopListening = cancellation.onCancel(() => leave(iterator));
  // The head waits for the first chunk, to leave with it, but not longer than this turn.
  const flush = setImmediate(() => response.flushHeaders());
  try {
    for (;;) {
      const result = await iterator.next();
      clearImmediate(flush);
      if (cancellation.cancelled) return false;
      if (result.done === true) break;
      target.bodyBytes += result.value.byteLength;
      if (length !== undefined && target.bodyBytes > length) throw new Error("the body is longer than its length");
      if (!response.write(result.value)) await drained(response, cancellation);
    }
    if (length !== undefined && target.bodyBytes < length) throw new Error("the body is shorter than its length");
    response.end();
    return true;
  } catch {
    leave(iterator);
    cut(target, length);
    return false;
  } finally {
    clearImmediate(flush);
    stopListening();
  }
}

/** A body whose end is the connection's end is reset, since closing would look like its end. */
function cut(target: ReplyTarget, length: number | undefined): void {
  const { response } = target;
  const closeDelimited = length === undefined && target.httpVersion === "1.0";
  if (closeDelimited) response.socket?.resetAndDestroy();
  else response.destroy();
}

/** Resolves when more may be written, or when nobody is there to write to. */
function drained(response: ServerResponse, cancellation: Cancellation): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      stopListening();
      resolve();
    };
    response.on("drain", done);
    const stopListening = cancellation.onCancel(() => queueMicrotask(done));
  });
}
