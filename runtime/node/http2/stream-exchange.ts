/** One request on an HTTP/2 stream and its answer: the role is asked, its reply is written, and how it left is reported once. */
import { constants, type ServerHttp2Stream } from "node:http2";
import { Cancellation } from "../../../core/cancellation.ts";
import type { RequestHead, ResponseHead } from "../../../core/http/fields.ts";
import { fieldValue } from "../../../core/http/fields.ts";
import type { Accepted } from "../../../core/http/guard.ts";
import type { Incoming, Reply } from "../../../core/ports.ts";
import { type ByteBody, discardBody } from "../../memory/bodies.ts";
import type { ListenerLimits, ListenOptions } from "../http1/listener-options.ts";
import type { ReaderCrowd } from "../http1/reader-patience.ts";
import { RequestBody } from "../http1/request-body.ts";
import { staticAnswer } from "../http1/static-answer.ts";
import { type ReplySink, writeStream } from "../http1/write-stream.ts";
import { interimFieldsOf, responseFieldsOf } from "./stream-fields.ts";
import { StreamPatience } from "./stream-patience.ts";

const NO_BYTES = new Uint8Array(0);
/** A longer part leaves in such pieces: a write is known to be taken only when all of it is, so a reader has to take one before its patience ends. */
const PIECE_BYTES = 65_536;
/** Short parts that nobody waits for, together. */
const AHEAD_BYTES = 16_384;

/** An answer that is whole ends the stream, whatever is left of the request (RFC 9113 section 8.1). */
export function endWithAnswer(stream: ServerHttp2Stream): void {
  // Not in the same turn: a head that has not left would be taken back.
  stream.on("finish", () => setImmediate(() => !stream.readableEnded && stream.close(constants.NGHTTP2_NO_ERROR)));
}

/** What an exchange needs of its connection. */
export interface StreamContext {
  readonly options: ListenOptions;
  readonly limits: ListenerLimits;
  readonly readers: ReaderCrowd;
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
  readonly #context: StreamContext;
  readonly #stream: ServerHttp2Stream;
  readonly #accepted: Accepted;
  readonly #patience: StreamPatience;
  #receivedBytes = 0;
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
    this.#patience = new StreamPatience(context.limits, context.readers, accepted.hasBody, nowMs);
    this.body = accepted.hasBody ? this.#bodyOf() : undefined;
    stream.on("close", () => this.#closed());
    if (accepted.hasBody) endWithAnswer(stream);
  }

  #bodyOf(): RequestBody {
    const stream = this.#stream;
    const patience = this.#patience;
    if (this.#accepted.expectsContinue) patience.bodyPaused(performance.now());
    const bodyDrained = (): void => {
      patience.bodyResumed(performance.now());
      stream.resume();
    };
    const body = new RequestBody({ bodyWanted: () => this.#continue(), bodyDrained });
    stream.on("data", (chunk: Buffer) => {
      patience.bodyReceived(chunk.length, performance.now());
      this.#receivedBytes += chunk.length;
      if (this.#receivedBytes > this.#context.limits.bodyBytes) return this.#refuseBody(body);
      body.push(chunk);
      if (!body.full) return;
      stream.pause();
      patience.bodyPaused(performance.now());
    });
    stream.on("end", () => {
      patience.bodyEnded();
      body.end();
    });
    return body;
  }

  /** Longer than a body may be, of which nobody had said so. */
  #refuseBody(body: RequestBody): void {
    body.fail("the body is too long");
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #continue(): void {
    if (!this.#accepted.expectsContinue) return;
    this.#patience.bodyResumed(performance.now());
    if (!this.#stream.headersSent && !this.#stream.destroyed) {
      this.#stream.additionalHeaders({ ":status": 100 });
    }
  }

  /** What of the answer waits for the client to take it. */
  get unsentBytes(): number {
    return this.#stream.writableLength;
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
    if (this.#patience.isOver(this.#stream.writableLength, nowMs)) this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  #closed(): void {
    this.body?.fail("the client's request was not completed");
    this.#patience.taken(performance.now());
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
    else if (!(body instanceof Uint8Array)) void this.#writeParts(body, declaredLength(head));
    else if (body.byteLength > PIECE_BYTES) void this.#writeParts(asParts(body), length);
    else {
      this.bodyBytes = body.byteLength;
      stream.end(body);
    }
  }

  async #writeParts(body: AsyncIterable<Uint8Array>, length: number | undefined): Promise<void> {
    const stream = this.#stream;
    const isWhole = await writeStream(this.#sink(), this, { head: "", body, length, chunked: false });
    if (stream.destroyed) return;
    if (isWhole) stream.end();
    else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  /** Long parts leave in pieces, so that a slow reader's progress is seen. */
  #sink(): ReplySink {
    const stream = this.#stream;
    let rest: Uint8Array = NO_BYTES;
    const piece = (): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          stream.off("close", done);
          this.#patience.taken(performance.now());
          resolve();
        };
        stream.on("close", done).write(rest.subarray(0, PIECE_BYTES), done);
        rest = rest.subarray(PIECE_BYTES);
      });
    return {
      write: (_before, bytes) => {
        if (bytes === undefined || stream.destroyed) return true;
        if (stream.writableLength + bytes.byteLength > AHEAD_BYTES) rest = bytes;
        else stream.write(bytes);
        return rest.byteLength === 0;
      },
      drained: async () => {
        while (rest.byteLength > 0 && !stream.destroyed) await piece();
      },
      allLeft: () => stream.writableLength === 0,
    };
  }
}

async function* asParts(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function declaredLength(head: ResponseHead): number | undefined {
  const value = fieldValue(head.fields, "content-length");
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}
