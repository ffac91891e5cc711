/** One request on an HTTP/2 stream and its answer: the role is asked, its reply is written, and how it left is reported once. */
import { constants, type ServerHttp2Stream } from "node:http2";
import { Cancellation } from "../../../core/cancellation.ts";
import type { RequestHead, ResponseHead } from "../../../core/http/fields.ts";
import { fieldValue } from "../../../core/http/fields.ts";
import type { Accepted } from "../../../core/http/guard.ts";
import type { Incoming, Reply } from "../../../core/ports.ts";
import { type ByteBody, discardBody } from "../../memory/bodies.ts";
import type { ListenerLimits, ListenOptions } from "../http1/listener-options.ts";
import { RequestBody } from "../http1/request-body.ts";
import { staticAnswer } from "../http1/static-answer.ts";
import { writeStream } from "../http1/write-stream.ts";
import { interimFieldsOf, responseFieldsOf } from "./stream-fields.ts";

const NO_BYTES = new Uint8Array(0);

/** An answer that is whole ends the stream, whatever is left of the request (RFC 9113 section 8.1). */
export function endWithAnswer(stream: ServerHttp2Stream): void {
  // Not in the same turn: a head that has not left would be taken back.
  stream.on("finish", () => setImmediate(() => !stream.readableEnded && stream.close(constants.NGHTTP2_NO_ERROR)));
}

/** What an exchange needs of its connection. */
export interface StreamContext {
  readonly options: ListenOptions;
  readonly limits: ListenerLimits;
  readonly peerAddress: string;
}

/** An accepted request; it is what the role gets to see. */
export class StreamExchange implements Incoming<ByteBody> {
  readonly head: RequestHead;
  readonly body: RequestBody | undefined;
  readonly peerAddress: string;
  readonly cancellation = new Cancellation();
  readonly receivedAtMs: number;
  readonly httpVersion = "2";
  /** Bytes of body handed to the stream. */
  bodyBytes = 0;
  /** Of the last sign of life: content that came, or content that the client took. */
  movedAtMs: number;
  readonly #context: StreamContext;
  readonly #stream: ServerHttp2Stream;
  readonly #accepted: Accepted;
  #receivedBytes = 0;
  #lastUnsent = 0;
  #reply: Reply<ByteBody> | undefined;
  #interimResponses = 0;
  #over = false;
  #failed = false;

  constructor(context: StreamContext, stream: ServerHttp2Stream, accepted: Accepted, nowMs: number) {
    this.#context = context;
    this.#stream = stream;
    this.#accepted = accepted;
    this.head = accepted.head;
    this.peerAddress = context.peerAddress;
    this.receivedAtMs = Date.now();
    this.movedAtMs = nowMs;
    this.body = accepted.hasBody ? this.#bodyOf() : undefined;
    stream.on("close", () => this.#closed());
    if (accepted.hasBody) endWithAnswer(stream);
  }

  #bodyOf(): RequestBody {
    const stream = this.#stream;
    const body = new RequestBody({ bodyWanted: () => this.#continue(), bodyDrained: () => stream.resume() });
    stream.on("data", (chunk: Buffer) => {
      this.movedAtMs = performance.now();
      this.#receivedBytes += chunk.length;
      if (this.#receivedBytes > this.#context.limits.bodyBytes) return this.#refuseBody(body);
      body.push(chunk);
      if (body.full) stream.pause();
    });
    stream.on("end", () => body.end());
    return body;
  }

  /** Longer than a body may be, of which nobody had said so. */
  #refuseBody(body: RequestBody): void {
    body.fail("the body is too long");
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #continue(): void {
    if (this.#accepted.expectsContinue && !this.#stream.headersSent && !this.#stream.destroyed) {
      this.#stream.additionalHeaders({ ":status": 100 });
    }
  }

  /** Asks the role. */
  start(): void {
    try {
      const reply = this.#context.options.handler(this);
      if (!(reply instanceof Promise)) this.#answer(reply);
      else
        reply.then(
          (later) => this.#answer(later),
          (error: unknown) => this.#roleFailed(error),
        );
    } catch (error) {
      this.#roleFailed(error);
    }
  }

  interim(head: ResponseHead): void {
    this.#interimResponses += 1;
    const isLate = this.#over || this.#stream.headersSent || this.#stream.destroyed;
    if (isLate || this.#interimResponses > this.#context.limits.interimResponses) return;
    if (head.status < 102 || head.status > 199) return;
    this.#stream.additionalHeaders(interimFieldsOf(head));
  }

  /** Cuts it when nothing has moved for too long: a body that does not come, an answer that is not taken. */
  check(nowMs: number): void {
    const { silenceMs, writeStallMs, requestMs } = this.#context.limits;
    const unsent = this.#stream.writableLength;
    if (unsent < this.#lastUnsent) this.movedAtMs = nowMs;
    this.#lastUnsent = unsent;
    const waitsForBody = this.body !== undefined && !this.#stream.readableEnded && !this.#stream.isPaused();
    const limitMs = unsent > 0 ? writeStallMs : waitsForBody ? silenceMs : Number.POSITIVE_INFINITY;
    const isOld = waitsForBody && Date.now() - this.receivedAtMs > requestMs && this.#isSlow();
    if (nowMs - this.movedAtMs > limitMs || isOld) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #isSlow(): boolean {
    const seconds = (Date.now() - this.receivedAtMs) / 1000;
    return this.#receivedBytes / seconds < this.#context.limits.bodyMinBytesPerSecond;
  }

  #closed(): void {
    this.body?.fail("the client's request was not completed");
    const stream = this.#stream;
    const isWhole = stream.writableFinished && stream.rstCode === constants.NGHTTP2_NO_ERROR;
    if (this.#over) return;
    this.#over = true;
    if (!isWhole) this.cancellation.cancel();
    this.#reply?.sent({ bodyBytes: this.bodyBytes, complete: isWhole });
  }

  #roleFailed(error: unknown): void {
    this.#context.options.onError(error);
    if (this.#failed) return void this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    this.#failed = true;
    const { status, fields, text } = staticAnswer(500);
    this.#answer({ head: { status, fields }, body: Buffer.from(text), close: true, sent: () => {} });
  }

  #answer(reply: Reply<ByteBody>): void {
    if (this.#over || this.#stream.destroyed || this.#stream.closed) {
      discardBody(reply.body);
      return void reply.sent({ bodyBytes: 0, complete: false });
    }
    try {
      this.#write(reply);
    } catch (error) {
      // A head that cannot be written is a bug of ours (FAULTS R12): the process lives, the client gets a page.
      discardBody(reply.body);
      reply.sent({ bodyBytes: 0, complete: false, instead: 500 });
      this.#roleFailed(error);
    }
  }

  /** Throws before anything has left, or not at all. */
  #write(reply: Reply<ByteBody>): void {
    const { head } = reply;
    const stream = this.#stream;
    const bodyless = this.head.method === "HEAD" || head.status === 204 || head.status === 304;
    const body = bodyless ? undefined : (reply.body ?? NO_BYTES);
    const length = body instanceof Uint8Array ? body.byteLength : undefined;
    const fields = responseFieldsOf(head, length, Date.now());
    const isEmpty = body === undefined || length === 0;
    stream.respond(fields, { endStream: isEmpty });
    this.#reply = reply;
    if (isEmpty) discardBody(reply.body);
    else if (body instanceof Uint8Array) {
      this.bodyBytes = body.byteLength;
      stream.end(body);
    } else void this.#writeParts(body, declaredLength(head));
  }

  async #writeParts(body: AsyncIterable<Uint8Array>, length: number | undefined): Promise<void> {
    const stream = this.#stream;
    const sink = {
      write: (_before: string, bytes: Uint8Array | undefined) =>
        bytes === undefined || stream.destroyed ? true : stream.write(bytes),
      drained: () =>
        new Promise<void>((resolve) => {
          if (stream.destroyed) return resolve();
          const done = (): void => {
            stream.off("drain", done).off("close", done);
            resolve();
          };
          stream.on("drain", done).on("close", done);
        }),
      allLeft: () => stream.writableLength === 0,
    };
    const isWhole = await writeStream(sink, this, { head: "", body, length, chunked: false });
    if (stream.destroyed) return;
    if (isWhole) stream.end();
    else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }
}

function declaredLength(head: ResponseHead): number | undefined {
  const value = fieldValue(head.fields, "content-length");
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}
