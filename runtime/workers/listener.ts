/** A role seen from Workers: Request in, Response out, at this border only. Bodies stay native streams. */
import { Cancellation } from "../../core/cancellation.ts";
import type { FieldLine, Fields } from "../../core/http/fields.ts";
import { guardRequest } from "../../core/http/guard.ts";
import type { Handler, Reply } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";

/** Limits of a request on Workers; the platform has its own, larger ones. */
export const MAX_REQUEST_BODY_BYTES = 10_485_760;

/** Statuses for which the platform refuses a body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Answers a Request by a role. */
export async function answerRequest(handler: Handler<ByteBody>, request: Request, nowMs: number): Promise<Response> {
  const url = new URL(request.url);
  const scheme = url.protocol === "https:" ? "https" : "http";
  const fields: FieldLine[] = [["host", url.host], ...linesOf(request.headers).filter(([name]) => name !== "host")];
  const target = request.url.slice(url.origin.length) || "/";
  const guarded = guardRequest(
    { method: request.method, target, httpVersion: "1.1", fields, streamOpen: request.body !== null },
    { scheme, protocol: "http1", maxBodyBytes: MAX_REQUEST_BODY_BYTES },
  );
  if (guarded.kind === "refused") return refusal(guarded.status);
  const cancellation = new Cancellation();
  request.signal.addEventListener("abort", () => cancellation.cancel());
  const reply = await handler({
    head: guarded.head,
    body: guarded.hasBody ? (request.body ?? undefined) : undefined,
    peerAddress: request.headers.get("cf-connecting-ip") ?? "0.0.0.0",
    cancellation,
    receivedAtMs: nowMs,
    // Interim responses never reach a client from a Worker.
    interim: () => {},
  });
  return toResponse(reply);
}

function linesOf(headers: Headers): FieldLine[] {
  const lines: FieldLine[] = [];
  for (const [name, value] of headers) lines.push([name, value]);
  return lines;
}

function refusal(status: number): Response {
  return new Response(`${status}\n`, {
    status,
    headers: { "cache-control": "no-store", "content-type": "text/plain" },
  });
}

function toResponse(reply: Reply<ByteBody>): Response {
  const { status, fields } = reply.head;
  const headers = new Headers();
  for (const [name, value] of fields) headers.append(name, value);
  const body = reply.body;
  if (body === undefined || BODILESS.has(status)) {
    reply.sent({ bodyBytes: 0, complete: true });
    return new Response(null, { status, headers });
  }
  if (body instanceof Uint8Array) {
    reply.sent({ bodyBytes: body.byteLength, complete: true });
    return new Response(body, { status, headers });
  }
  return new Response(counted(body, reply, declaredLength(fields)), { status, headers });
}

function declaredLength(fields: Fields): number | undefined {
  const value = fields.find(([name]) => name === "content-length")?.[1];
  return value === undefined ? undefined : Number(value);
}

/** The body as a native stream that reports how it left. A known length keeps Content-Length on the wire. */
function counted(body: AsyncIterable<Uint8Array>, reply: Reply<ByteBody>, length: number | undefined): ReadableStream {
  const source = body instanceof ReadableStream ? body : ReadableStream.from(body);
  let bodyBytes = 0;
  const counting = {
    transform(chunk: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void {
      bodyBytes += chunk.byteLength;
      controller.enqueue(chunk);
    },
    flush: () => reply.sent({ bodyBytes, complete: true }),
    cancel: () => reply.sent({ bodyBytes, complete: false }),
  };
  const stream = source.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(counting));
  return length === undefined ? stream : stream.pipeThrough(new FixedLengthStream(length));
}
