/** One request and its answer: the role is asked, its reply is written, and how it left is reported once. */
import { Cancellation } from "../../../core/cancellation.ts";
import { fieldValue, type RequestHead, type ResponseHead } from "../../../core/http/fields.ts";
import type { Accepted } from "../../../core/http/guard.ts";
import type { Incoming, Reply } from "../../../core/ports.ts";
import { type ByteBody, discardBody } from "../../memory/bodies.ts";
import { type ListenerLimits, type ListenOptions, WHOLE_BODY_BYTES } from "./listener-options.ts";
import type { RequestBody } from "./request-body.ts";
import { interimHead, responseHead } from "./response-head.ts";
import { staticAnswer } from "./static-answer.ts";
import { type ReplySink, writeStream } from "./write-stream.ts";

/** What exchanges share with their listener. */
export interface ExchangeContext {
  readonly options: ListenOptions;
  readonly limits: ListenerLimits;
}

/** What an exchange needs of its connection. */
export interface ExchangeLine extends ReplySink {
  readonly peerAddress: string;
  /** Writes a head and what follows it in one piece; true when all of it has left. */
  send(head: string, body: Uint8Array | undefined): boolean;
  /** Whether the answer that is about to leave is the last one of this connection. */
  lastAnswer(exchange: Exchange): boolean;
  /** The answer has left whole, and the next request may come. */
  answered(exchange: Exchange): void;
  /** The answer cannot be finished: the connection ends with it, by a reset if its end would look like the answer's. */
  cut(reset: boolean): void;
}

const NO_BYTES = new Uint8Array(0);
const SLICE_BYTES = 65_536;

/** An accepted request; it is what the role gets to see. */
export class Exchange implements Incoming<ByteBody> {
  readonly head: RequestHead;
  readonly body: RequestBody | undefined;
  readonly peerAddress: string;
  readonly cancellation = new Cancellation();
  readonly receivedAtMs: number;
  readonly accepted: Accepted;
  readonly httpVersion: string;
  /** Bytes of body handed to the connection. */
  bodyBytes = 0;
  /** Whether the head of the answer has left. */
  answerBegan = false;
  readonly #context: ExchangeContext;
  readonly #line: ExchangeLine;
  #reply: Reply<ByteBody> | undefined;
  #over = false;
  #instead: number | undefined;
  #interimResponses = 0;

  constructor(
    context: ExchangeContext,
    line: ExchangeLine,
    accepted: Accepted,
    httpVersion: string,
    body: RequestBody | undefined,
  ) {
    this.#context = context;
    this.#line = line;
    this.accepted = accepted;
    this.httpVersion = httpVersion;
    this.body = body;
    this.head = accepted.head;
    this.peerAddress = line.peerAddress;
    this.receivedAtMs = Date.now();
  }

  /** RFC 9112 §9.3. */
  get keepsAlive(): boolean {
    const { persistence } = this.accepted;
    return this.httpVersion === "1.0" ? persistence === "keep-alive" : persistence !== "close";
  }

  /** Whether the request, the role or the framing of its answer ends the connection. */
  get endsConnection(): boolean {
    return this.closes || this.accepted.closeAfterwards || !this.keepsAlive;
  }

  /** Asks the role. */
  start(): void {
    const { options } = this.#context;
    try {
      const reply = options.handler(this);
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

  /** An answer was ready and has been written, but not all of it has left. */
  adopt(reply: Reply<ByteBody>): void {
    this.#reply = reply;
    this.bodyBytes = reply.body instanceof Uint8Array ? reply.body.byteLength : 0;
    this.answerBegan = true;
  }

  interim(head: ResponseHead): void {
    this.#interimResponses += 1;
    if (this.#over || this.answerBegan || this.httpVersion === "1.0") return;
    if (this.#interimResponses > this.#context.limits.interimResponses || head.status < 102 || head.status > 199)
      return;
    this.#line.write(interimHead(head), undefined, "");
  }

  /**
   * The connection broke, or the request turned out to be bad: whatever the role says is too late. `instead` is the
   * status that the client gets then.
   */
  gone(instead?: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#instead = instead;
    this.body?.fail("the client's request was not completed");
    this.cancellation.cancel();
    this.#reply?.sent({ bodyBytes: this.bodyBytes, complete: false });
  }

  /** All bytes written have left. */
  flushed(): void {
    if (this.#over) return;
    this.#over = true;
    this.#line.answered(this);
    this.#reply?.sent({ bodyBytes: this.bodyBytes, complete: true });
  }

  #roleFailed(error: unknown): void {
    this.#context.options.onError(error);
    const { status, fields, text } = staticAnswer(500);
    this.#answer({ head: { status, fields }, body: Buffer.from(text), close: true, sent: () => {} });
  }

  #answer(reply: Reply<ByteBody>): void {
    if (this.#over) {
      discardBody(reply.body);
      reply.sent({ bodyBytes: 0, complete: false, ...(this.#instead !== undefined && { instead: this.#instead }) });
      return;
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
    const bodyless = this.head.method === "HEAD" || head.status === 204 || head.status === 304;
    const body = bodyless ? undefined : (reply.body ?? NO_BYTES);
    const length = body instanceof Uint8Array ? body.byteLength : declaredLength(head);
    const chunked = length === undefined && body !== undefined && this.httpVersion !== "1.0";
    const framed = head.status === 204 ? "none" : (length ?? (chunked ? "chunked" : "none"));
    const text = responseHead(head, { body: framed, connection: this.#connection(reply, framed, body) }, Date.now());
    this.#reply = reply;
    this.answerBegan = true;
    if (bodyless || length === 0) discardBody(reply.body);
    if (body === undefined || length === 0) this.#send(text, undefined);
    else if (body instanceof Uint8Array && body.byteLength <= WHOLE_BODY_BYTES) this.#send(text, body);
    else void this.#stream(text, body instanceof Uint8Array ? slices(body) : body, length);
  }

  #connection(reply: Reply<ByteBody>, framed: number | string, body: ByteBody | undefined) {
    const closeDelimited = framed === "none" && body !== undefined;
    if (reply.close === true || closeDelimited) this.closes = true;
    if (this.#line.lastAnswer(this)) return "close";
    return this.httpVersion === "1.0" ? "keep-alive" : "default";
  }

  /** The role, or the framing of its answer, ends the connection. */
  closes = false;

  #send(head: string, body: Uint8Array | undefined): void {
    this.bodyBytes = body?.byteLength ?? 0;
    if (this.#line.send(head, body)) this.flushed();
  }

  async #stream(head: string, body: AsyncIterable<Uint8Array>, length: number | undefined): Promise<void> {
    const chunked = length === undefined && this.httpVersion !== "1.0";
    const whole = await writeStream(this.#line, this, { head, body, length, chunked });
    // A connection that broke has told already.
    if (this.#over) return;
    if (!whole) this.#line.cut(length === undefined && !chunked);
    else if (this.#line.allLeft()) this.flushed();
  }
}

function declaredLength(head: ResponseHead): number | undefined {
  const value = fieldValue(head.fields, "content-length");
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}

async function* slices(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += SLICE_BYTES) yield body.subarray(at, at + SLICE_BYTES);
}
