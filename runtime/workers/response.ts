/** A role's reply as a Response. What is a native stream stays one. */
import { fieldValue } from "../../core/http/fields.ts";
import type { Reply } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { headersOf } from "./header-text.ts";
import { nativeStream } from "./native-stream.ts";

/** Statuses for which the platform refuses a body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Makes the Response; `stream` stands for the reply's body when that had to be fetched first. */
export function toResponse(
  reply: Reply<ByteBody>,
  stream: ReadableStream<Uint8Array> | undefined,
  inBackground: (work: Promise<unknown>) => void,
): Response {
  const { status, fields } = reply.head;
  const init = { status, headers: headersOf(fields) };
  const body = stream ?? reply.body;
  if (body === undefined || BODILESS.has(status)) {
    reply.sent({ bodyBytes: 0, complete: true });
    return new Response(null, init);
  }
  if (body instanceof Uint8Array) {
    reply.sent({ bodyBytes: body.byteLength, complete: true });
    return new Response(body, init);
  }
  const length = Number(fieldValue(fields, "content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(length)) return new Response(counted(nativeStream(body), reply), init);
  // A stream of known length keeps Content-Length on the wire, and breaks when fewer or more bytes come.
  const { readable, writable } = new FixedLengthStream(length);
  const flowing = nativeStream(body).pipeTo(writable);
  inBackground(
    flowing.then(
      () => reply.sent({ bodyBytes: length, complete: true }),
      () => reply.sent({ bodyBytes: 0, complete: false }),
    ),
  );
  return new Response(readable, init);
}

/** A stream of unknown length that says how it left. */
function counted(source: ReadableStream<Uint8Array>, reply: Reply<ByteBody>): ReadableStream<Uint8Array> {
  let bodyBytes = 0;
  const counting = {
    transform(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
      bodyBytes += chunk.byteLength;
      controller.enqueue(chunk);
    },
    flush: () => reply.sent({ bodyBytes, complete: true }),
    cancel: () => reply.sent({ bodyBytes, complete: false }),
  };
  return source.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(counting));
}
