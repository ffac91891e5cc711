/** A role's reply as a Response. What is a native stream stays one. */
import { fieldValue } from "../../core/http/fields.ts";
import type { Reply } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { headersOf } from "./header-text.ts";
import { nativeStream } from "./native-stream.ts";

/** Statuses for which the platform refuses a body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** What a reply needs on its way out. */
export interface OnItsWay {
  /** Stands for the reply's body when that had to be fetched first. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
  /** The client has gone already. */
  readonly left: boolean;
  inBackground(work: Promise<unknown>): void;
}

/** Makes the Response; the reply hears once how it left. Throws, and says nothing to the reply, when there is no such response. */
export function toResponse(reply: Reply<ByteBody>, { stream, left, inBackground }: OnItsWay): Response {
  const { status, fields } = reply.head;
  const init = { status, headers: headersOf(fields) };
  const body = stream ?? reply.body;
  if (body === undefined || BODILESS.has(status)) return whole(new Response(null, init), reply, 0, left);
  if (body instanceof Uint8Array) return whole(new Response(body, init), reply, body.byteLength, left);
  const length = Number(fieldValue(fields, "content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(length)) return new Response(counted(nativeStream(body), reply), init);
  // A stream of known length keeps Content-Length on the wire, and breaks when fewer or more bytes come.
  const { readable, writable } = new FixedLengthStream(length);
  const response = new Response(readable, init);
  const flowing = nativeStream(body).pipeTo(writable);
  inBackground(
    flowing.then(
      () => reply.sent({ bodyBytes: length, complete: true }),
      // The platform moves the bytes and does not say how many had left.
      () => reply.sent({ bodyBytes: 0, complete: false }),
    ),
  );
  return response;
}

/** The platform says nothing of how an answer left that it was given whole: it counts as sent unless the client was gone. */
function whole(response: Response, reply: Reply<ByteBody>, bodyBytes: number, left: boolean): Response {
  reply.sent(left ? { bodyBytes: 0, complete: false } : { bodyBytes, complete: true });
  return response;
}

/** A stream of unknown length that says how it left. */
function counted(source: ReadableStream<Uint8Array>, reply: Reply<ByteBody>): ReadableStream<Uint8Array> {
  let bodyBytes = 0;
  let said = false;
  const sent = (complete: boolean): void => {
    if (!said) reply.sent({ bodyBytes, complete });
    said = true;
  };
  const counting = {
    transform(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
      bodyBytes += chunk.byteLength;
      controller.enqueue(chunk);
    },
    flush: () => sent(true),
    cancel: () => sent(false),
  };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(counting);
  // Neither end hears of it when the source fails.
  source.pipeTo(writable).catch(() => sent(false));
  return readable;
}
