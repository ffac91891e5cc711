/** A role seen from Workers: Request in, Response out, at this border only. */
import { Cancellation } from "../../core/cancellation.ts";
import { type FieldLine, withoutFields } from "../../core/http/fields.ts";
import { guardRequest } from "../../core/http/guard.ts";
import type { Handler, Incoming, Reply } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { fieldsOf } from "./header-text.ts";
import { LateBody } from "./placed-body.ts";
import { toResponse } from "./response.ts";

const HOST: ReadonlySet<string> = new Set(["host"]);

/** What a role is given besides the request. */
export interface AnswerOptions {
  readonly nowMs: number;
  readonly maxBodyBytes: number;
  /** Keeps the request's context alive after the answer. */
  inBackground(work: Promise<unknown>): void;
}

/**
 * How long a request may wait for its head. The timer also tells the platform that this request waits for something:
 * one that waits only for another request's fetch would be taken for hung, and cut.
 */
export const HEAD_WAIT_MAX_MS = 60_000;

/** Answers a Request by a role. */
export async function answerRequest(
  handler: Handler<ByteBody>,
  request: Request,
  options: AnswerOptions,
): Promise<Response> {
  const incoming = incomingOf(request, options);
  if (incoming instanceof Response) return incoming;
  const answering = answerWithBody(handler, incoming);
  // The client may leave, and others wait for what this request fetches: it goes on for them.
  options.inBackground(answering.then(() => {}));
  const { promise: tooLate, resolve } = Promise.withResolvers<"too-late">();
  const timer = setTimeout(() => resolve("too-late"), HEAD_WAIT_MAX_MS);
  const answer = await Promise.race([answering, tooLate]).finally(() => clearTimeout(timer));
  if (answer === "too-late") return plain(504);
  return toResponse(answer.reply, answer.stream, options.inBackground);
}

interface Answer {
  readonly reply: Reply<ByteBody>;
  /** The reply's body once it had to be fetched. */
  readonly stream: ReadableStream<Uint8Array> | undefined;
}

/** A body may have been dropped after its head was found: then the store has forgotten it, and the role decides again. */
async function answerWithBody(handler: Handler<ByteBody>, incoming: Incoming<ByteBody>): Promise<Answer> {
  const reply = await handler(incoming);
  if (!(reply.body instanceof LateBody)) return { reply, stream: undefined };
  const stream = await reply.body.stream();
  if (stream !== undefined) return { reply, stream };
  return { reply: await handler(incoming), stream: undefined };
}

function incomingOf(request: Request, options: AnswerOptions): Incoming<ByteBody> | Response {
  const url = new URL(request.url);
  const scheme = url.protocol === "https:" ? "https" : "http";
  const fields: FieldLine[] = [["host", url.host], ...withoutFields(fieldsOf(request.headers), HOST)];
  const target = request.url.slice(url.origin.length) || "/";
  const guarded = guardRequest(
    { method: request.method, target, httpVersion: "1.1", fields, streamOpen: request.body !== null },
    { scheme, protocol: "http1", maxBodyBytes: options.maxBodyBytes },
  );
  if (guarded.kind === "refused") return plain(guarded.status);
  const cancellation = new Cancellation();
  request.signal.addEventListener("abort", () => cancellation.cancel());
  return {
    head: guarded.head,
    body: guarded.hasBody ? (request.body ?? undefined) : undefined,
    country: typeof request.cf?.country === "string" ? request.cf.country : undefined,
    peerAddress: request.headers.get("cf-connecting-ip") ?? "0.0.0.0",
    cancellation,
    receivedAtMs: options.nowMs,
    // Interim responses never reach a client from a Worker.
    interim: () => {},
  };
}

/** An answer before or without a role. */
export function plain(status: number, text = `${status}`): Response {
  const headers = { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" };
  return new Response(`${text}\n`, { status, headers });
}
