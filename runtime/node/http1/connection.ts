/** One client connection: bytes in, one request at a time to the role, answers out in order, and how it ends. */
import type { Socket } from "node:net";
import type { Accepted, GuardOptions, RequestLine } from "../../../core/http/guard.ts";
import { REQUEST_LIMITS } from "../../../core/http/guard-fields.ts";
import { REFUSALS, type RefusalReason } from "../../../core/http/refusals.ts";
import { type BodyDecoder, ChunkedBody, CountedBody } from "./body-decoder.ts";
import { Deadlines } from "./deadlines.ts";
import { Exchange, type ExchangeContext, type ExchangeLine } from "./exchange.ts";
import { HEAD_END, HeadBuffer } from "./head-buffer.ts";
import { earlyLineProblem, type ParsedHead, parseHead } from "./parse-head.ts";
import { type BodySource, RequestBody } from "./request-body.ts";
import { SocketWriter } from "./socket-writer.ts";
import { lastWords } from "./static-answer.ts";
import type { TimerWheel } from "./timer-wheel.ts";

/** What connections share with their listener. */
export interface ConnectionContext extends ExchangeContext {
  readonly guard: GuardOptions;
  readonly wheel: TimerWheel;
}

/** More than this is not read ahead of the request that is being answered. */
const PIPELINED_BYTES = 65_536;
/** So many pipelined requests are answered before other connections get their turn. */
const REQUESTS_A_TURN = 32;

/** The state beside a socket. */
export class Connection implements ExchangeLine, BodySource {
  readonly peerAddress: string;
  readonly #context: ConnectionContext;
  readonly #socket: Socket;
  readonly #writer: SocketWriter;
  readonly #deadlines: Deadlines;
  #exchange: Exchange | undefined;
  #decoder: BodyDecoder | undefined;
  #body: RequestBody | undefined;
  readonly #toBody = (content: Buffer): void => this.#body?.push(content);
  #partial: HeadBuffer | undefined;
  #pending: Buffer | undefined;
  #requests = 0;
  #keeping = true;
  #closing = false;
  #lingering = false;
  #consuming = false;
  #clientEnded = false;
  #continueOwed = false;

  constructor(context: ConnectionContext, socket: Socket, peerAddress: string) {
    this.#context = context;
    this.#socket = socket;
    this.peerAddress = peerAddress;
    this.#writer = new SocketWriter(socket, context.limits.writeStallMs, () => this.#exchange?.flushed());
    this.#deadlines = new Deadlines(context.limits, context.wheel, {
      silent: () => socket.destroy(),
      headTooSlow: () => this.#refuse("head-too-slow", undefined),
      bodyTooSlow: () => this.#refuse("body-too-slow", undefined),
      readerTooSlow: () => socket.destroy(),
      sentBytes: () => (this.#exchange === undefined ? 0 : this.#exchange.bodyBytes - socket.writableLength),
    });
    socket.on("data", (chunk: Buffer) => this.#received(chunk));
    socket.on("end", () => this.#ended());
    socket.on("error", () => {});
    socket.on("close", () => this.#closed());
  }

  /** Nothing is under way: no request, no part of one. */
  get idle(): boolean {
    return this.#exchange === undefined && this.#partial === undefined && this.#decoder === undefined;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The next answer, or the one under way, says that the connection ends. */
  stopKeeping(): void {
    this.#keeping = false;
  }

  /** Ends now, or after the answer under way, whatever its head promised. */
  endSoon(): void {
    if (this.idle) this.#socket.destroy();
    else this.#closing = true;
  }

  // --- What its exchange asks of it.

  send(head: string, body: Uint8Array | undefined): boolean {
    return this.#writer.send(head, body);
  }

  write(before: string, bytes: Uint8Array | undefined, after: string): boolean {
    return this.#writer.write(before, bytes, after);
  }

  drained(): Promise<void> {
    return this.#writer.drained();
  }

  allLeft(): boolean {
    return this.#writer.allLeft();
  }

  lastAnswer(exchange: Exchange): boolean {
    const { limits } = this.#context;
    if (
      !this.#keeping ||
      exchange.closes ||
      exchange.accepted.closeAfterwards ||
      !keepsAlive(exchange) ||
      this.#requests >= limits.requestsPerConnection ||
      this.#deadlines.olderThan(limits.connectionAgeMs) ||
      this.#bodyTooLongToDrain(exchange)
    ) {
      this.#closing = true;
    }
    this.#deadlines.answerBegan();
    return this.#closing;
  }

  answered(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    exchange.body?.leave();
    if (this.#closing || this.#clientEnded) this.#finish("");
    else {
      if (this.#decoder === undefined) this.#deadlines.idle();
      if (!this.#consuming) this.#resume();
    }
  }

  cut(reset: boolean): void {
    if (reset) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  // --- What its request body asks of it.

  bodyWanted(): void {
    if (!this.#continueOwed) return;
    this.#continueOwed = false;
    this.#deadlines.bodyResumed();
    if (this.#exchange?.answerBegan === false) this.#writer.write("HTTP/1.1 100 Continue\r\n\r\n", undefined, "");
  }

  bodyDrained(): void {
    this.#deadlines.bodyResumed();
    this.#socket.resume();
  }

  // --- Bytes in.

  #received(chunk: Buffer): void {
    if (this.#lingering) return;
    const pending = this.#pending;
    if (pending === undefined) this.#consume(chunk);
    else {
      this.#pending = Buffer.concat([pending, chunk]);
      this.#holdBack();
    }
  }

  #resume(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (pending !== undefined) this.#consume(pending);
  }

  #holdBack(): void {
    if ((this.#pending?.length ?? 0) >= PIPELINED_BYTES) this.#socket.pause();
  }

  #consume(chunk: Buffer): void {
    this.#consuming = true;
    let at = 0;
    for (let requests = 0; at < chunk.length && !this.#lingering; ) {
      if (this.#decoder !== undefined) at = this.#takeBody(this.#decoder, chunk, at);
      else if (this.#exchange !== undefined || this.#closing || requests >= REQUESTS_A_TURN) break;
      else {
        at = this.#takeHead(chunk, at);
        requests += 1;
      }
    }
    this.#consuming = false;
    if (at < chunk.length && !this.#lingering) this.#keep(chunk.subarray(at));
  }

  #keep(rest: Buffer): void {
    // After an answer that closes, what was pipelined behind it is not served: the client asks again elsewhere.
    if (this.#closing) return;
    this.#pending = rest;
    this.#holdBack();
    if (this.#exchange === undefined) setImmediate(() => this.#exchange === undefined && this.#resume());
  }

  /** Returns where it stopped. */
  #takeHead(chunk: Buffer, start: number): number {
    if (this.#partial !== undefined) return this.#takePartialHead(this.#partial, chunk, start);
    // One empty line before a request is an old client's habit (RFC 9112 §2.2).
    const at = chunk[start] === 13 && chunk[start + 1] === 10 && this.#requests > 0 ? start + 2 : start;
    if (at >= chunk.length) return at;
    const end = chunk.indexOf(HEAD_END, at);
    if (end === -1 || end + HEAD_END.length - at > REQUEST_LIMITS.headBytes) {
      this.#partial = new HeadBuffer();
      this.#deadlines.headBegan();
      return this.#takePartialHead(this.#partial, chunk, at);
    }
    this.#begin(parse(chunk, at, end, this.#context.guard));
    return end + HEAD_END.length;
  }

  #takePartialHead(partial: HeadBuffer, chunk: Buffer, at: number): number {
    const { taken, whole } = partial.add(chunk.subarray(at));
    if (whole) {
      this.#partial = undefined;
      this.#begin(parse(partial.bytes, 0, partial.bytes.length - HEAD_END.length, this.#context.guard));
      return at + taken;
    }
    const line = partial.takeLine();
    const problem = line === undefined ? undefined : earlyLineProblem(line, this.#context.guard);
    const found = problem ?? partial.problem();
    if (found !== undefined) this.#refuse(found, undefined);
    return at + taken;
  }

  #begin({ line, verdict }: ParsedHead): void {
    if (verdict.kind === "refused" || line === undefined) {
      this.#refuse(verdict.kind === "refused" ? verdict.reason : "request-line", line);
      return;
    }
    this.#requests += 1;
    if (verdict.hasBody) this.#beginBody(verdict);
    else this.#deadlines.busy();
    const exchange = new Exchange(this.#context, this, verdict, line.httpVersion, this.#body);
    this.#exchange = exchange;
    exchange.start();
  }

  // --- Bodies.

  #beginBody(accepted: Accepted): void {
    const { bodyBytes } = accepted;
    this.#decoder =
      bodyBytes === undefined ? new ChunkedBody(this.#context.limits.bodyBytes) : new CountedBody(bodyBytes);
    this.#body = new RequestBody(this);
    this.#continueOwed = accepted.expectsContinue;
    this.#deadlines.bodyBegan();
    if (this.#continueOwed) this.#deadlines.bodyPaused();
  }

  #takeBody(decoder: BodyDecoder, chunk: Buffer, at: number): number {
    this.#continueOwed = false;
    this.#deadlines.bodyReceived(chunk.length - at);
    const next = decoder.feed(chunk, at, this.#toBody);
    if (typeof next === "string") {
      this.#refuse(next, undefined);
      return chunk.length;
    }
    if (decoder.done) this.#bodyDone();
    else if (this.#body?.full === true) {
      this.#deadlines.bodyPaused();
      this.#socket.pause();
    }
    return next;
  }

  #bodyDone(): void {
    this.#decoder = undefined;
    this.#body?.end();
    this.#body = undefined;
    if (this.#exchange === undefined) this.#deadlines.idle();
    else this.#deadlines.busy();
  }

  #bodyTooLongToDrain({ accepted }: Exchange): boolean {
    if (this.#decoder === undefined) return false;
    // Without 100 (Continue) nobody knows whether the client will send it.
    if (this.#continueOwed) return true;
    return (accepted.bodyBytes ?? Number.POSITIVE_INFINITY) > this.#context.limits.drainedBodyBytes;
  }

  // --- Ends.

  /** Nothing after this is read as a request. What is under way has a torn body and is given up. */
  #refuse(reason: RefusalReason, line: RequestLine | undefined): void {
    if (this.#lingering || this.#socket.destroyed) return;
    const [status, detail] = REFUSALS[reason];
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.gone();
    if (exchange?.answerBegan === true) this.#socket.destroy();
    else this.#finish(lastWords(status, line?.method, Date.now()));
    const { peerAddress } = this;
    const { method, target } = line ?? { method: undefined, target: undefined };
    this.#context.options.onRefused?.({ atMs: Date.now(), status, reason, detail, peerAddress, method, target });
  }

  /** A client that goes on sending would keep it open; discarding what it sends lets it read the answer first. */
  #finish(words: string): void {
    this.#closing = true;
    this.#lingering = true;
    this.#pending = undefined;
    this.#partial = undefined;
    this.#decoder = undefined;
    this.#body?.fail("the connection ends");
    if (this.#socket.destroyed) return;
    this.#socket.end(words, "latin1");
    this.#socket.resume();
    this.#deadlines.linger();
  }

  /** The client says no more. It may still read the answer that is on its way, but waits for no other. */
  #ended(): void {
    this.#clientEnded = true;
    if (this.#lingering) return;
    if (this.#exchange?.answerBegan === true && this.#decoder === undefined) this.#closing = true;
    else this.#socket.destroy();
  }

  #closed(): void {
    this.#lingering = true;
    this.#deadlines.stop();
    this.#writer.closed();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.gone();
    this.#body?.fail("the client left");
  }
}

function parse(chunk: Buffer, start: number, end: number, guard: GuardOptions): ParsedHead {
  const lineEnd = chunk.indexOf("\r\n", start, "latin1");
  const line = chunk.toString("latin1", start, lineEnd);
  return parseHead(line, chunk.toString("latin1", lineEnd + 2, end + 2), guard);
}

/** RFC 9112 §9.3. */
function keepsAlive({ accepted, httpVersion }: Exchange): boolean {
  return httpVersion === "1.0" ? accepted.persistence === "keep-alive" : accepted.persistence !== "close";
}
