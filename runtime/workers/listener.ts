/** A role seen from Workers: Request in, Response out, at this border only; and one record for each, whatever happens. */
import type { Outcome } from "../../core/cache/outcome.ts";
import { Cancellation } from "../../core/cancellation.ts";
import { type FieldLine, withoutFields } from "../../core/http/fields.ts";
import { guardRequest } from "../../core/http/guard.ts";
import type { Clock, Handler, Incoming, Reply } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
import { type Recorder, recordOfFailure, recordOfRefusal } from "../../core/unrouted-record.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { fieldsOf } from "./header-text.ts";
import { LateBody } from "./placed-body.ts";
import { toResponse } from "./response.ts";

const HOST: ReadonlySet<string> = new Set(["host"]);

/** What a role is given besides the request. */
export interface AnswerOptions extends Recorder {
  readonly clock: Clock;
  readonly maxBodyBytes: number;
  /** Keeps the request's context alive after the answer. */
  inBackground(work: Promise<unknown>): void;
  /** For requests that the role does not answer; those that it answers it records itself. */
  record(record: RequestRecord): void;
  /** A bug of ours, caught here: the client got a 500. */
  onError(error: unknown): void;
}

/**
 * How long a request may wait for its head. The timer also tells the platform that this request waits for something:
 * one that waits only for another request's fetch would be taken for hung, and cut.
 */
export const HEAD_WAIT_MAX_MS = 60_000;

/** Answers a Request by a role. Never rejects. */
export async function answerRequest(
  handler: Handler<ByteBody>,
  request: Request,
  options: AnswerOptions,
): Promise<Response> {
  const receivedAtMs = options.clock.nowMs();
  const incoming = incomingOf(request, receivedAtMs, options);
  if (incoming instanceof Response) return incoming;
  const answering = answerWithBody(handler, incoming);
  // The client may leave, and others wait for what this request fetches: it goes on for them.
  options.inBackground(answering.then(ignore, ignore));
  const { promise: tooLate, resolve } = Promise.withResolvers<"too-late">();
  const timer = setTimeout(() => resolve("too-late"), HEAD_WAIT_MAX_MS);
  try {
    const answer = await Promise.race([answering, tooLate]);
    if (answer !== "too-late") {
      const left = incoming.cancellation.cancelled;
      return toResponse(answer.reply, { stream: answer.stream, left, inBackground: options.inBackground });
    }
    options.inBackground(answering.then(drop, ignore));
    return answerInstead(incoming, options, { status: 504, outcome: "origin-timeout" });
  } catch (error) {
    options.onError(error);
    return answerInstead(incoming, options, { status: 500, outcome: "internal-error" });
  } finally {
    clearTimeout(timer);
  }
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

/** What came too late is not read. */
async function drop({ reply, stream = reply.body instanceof ReadableStream ? reply.body : undefined }: Answer) {
  await stream?.cancel();
}

function ignore(): void {}

function answerInstead(
  incoming: Incoming<ByteBody>,
  options: AnswerOptions,
  { status, outcome }: { readonly status: number; readonly outcome: Outcome },
): Response {
  const atMs = options.clock.nowMs();
  const times = { headAtMs: atMs, endAtMs: atMs };
  const sent = { bodyBytes: plainText(status).length, complete: !incoming.cancellation.cancelled };
  options.record(recordOfFailure(options, incoming, { status, outcome, ...times, ...sent }));
  return plain(status);
}

function incomingOf(request: Request, receivedAtMs: number, options: AnswerOptions): Incoming<ByteBody> | Response {
  const { method } = request;
  const url = new URL(request.url);
  const scheme = url.protocol === "https:" ? "https" : "http";
  const fields: FieldLine[] = [["host", url.host], ...withoutFields(fieldsOf(request.headers), HOST)];
  const target = request.url.slice(url.origin.length) || "/";
  const peerAddress = request.headers.get("cf-connecting-ip") ?? "0.0.0.0";
  const guarded = guardRequest(
    { method, target, httpVersion: "1.1", fields, streamOpen: request.body !== null },
    { scheme, protocol: "http1", maxBodyBytes: options.maxBodyBytes },
  );
  if (guarded.kind === "refused") {
    options.record(recordOfRefusal(options, { ...guarded, atMs: receivedAtMs, peerAddress, method, target }));
    return plain(guarded.status);
  }
  const cancellation = new Cancellation();
  request.signal.addEventListener("abort", () => cancellation.cancel());
  const httpVersion = versionOf(request);
  return {
    head: guarded.head,
    body: guarded.hasBody ? (request.body ?? undefined) : undefined,
    country: typeof request.cf?.country === "string" ? request.cf.country : undefined,
    peerAddress,
    cancellation,
    receivedAtMs,
    ...(httpVersion !== undefined && { httpVersion }),
    // Interim responses never reach a client from a Worker.
    interim: ignore,
  };
}

/** What the client spoke with Cloudflare: `1.1`, `2`, `3`. */
function versionOf({ cf }: Request): string | undefined {
  const protocol = cf?.httpProtocol;
  return typeof protocol === "string" ? /^HTTP\/(\d(?:\.\d)?)$/.exec(protocol)?.[1] : undefined;
}

/** An answer before or without a role. */
export function plain(status: number, text?: string): Response {
  const headers = { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" };
  return new Response(plainText(status, text), { status, headers });
}

function plainText(status: number, text = `${status}`): string {
  return `${text}\n`;
}
