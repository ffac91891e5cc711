/** One client connection: bytes in, one request at a time to the role, answers out in order, and how it ends. */
import type { Accepted, RequestLine } from "../../../core/http/guard.ts";
import { REFUSALS, type RefusalReason } from "../../../core/http/refusals.ts";
import { BodyIntake } from "./body-intake.ts";
import { type ConnectionContext, PIPELINED_BYTES, REQUESTS_A_TURN } from "./connection-context.ts";
import { Deadlines } from "./deadlines.ts";
import { Exchange, type ExchangeLine } from "./exchange.ts";
import { HeadReader } from "./head-reader.ts";
import type { ParsedHead } from "./parse-head.ts";
import type { ReadyHead } from "./ready-head.ts";
import type { BodySource, RequestBody } from "./request-body.ts";
import { lastWords } from "./static-answer.ts";
import type { Wire, WireOwner } from "./wire.ts";
import { WireWriter } from "./wire-writer.ts";
import { adopted, writeReady } from "./write-ready.ts";

/** The state beside a wire. */
export class Connection implements ExchangeLine, BodySource, WireOwner {
  readonly peerAddress: string;
  readonly #context: ConnectionContext;
  readonly #wire: Wire;
  readonly #writer: WireWriter;
  readonly #deadlines: Deadlines;
  #exchange: Exchange | undefined;
  readonly #intake = new BodyIntake();
  readonly #heads: HeadReader;
  #pending: Buffer | undefined;
  #requests = 0;
  #keeping = true;
  #closing = false;
  #lingering = false;
  #consuming = false;
  #clientEnded = false;

  constructor(context: ConnectionContext, wire: Wire, peerAddress: string) {
    this.#context = context;
    this.#wire = wire;
    this.peerAddress = peerAddress;
    this.#heads = new HeadReader(context.guard);
    this.#writer = new WireWriter(wire, {
      left: () => this.#exchange?.flushed(),
      blocked: () => this.#deadlines.sendBlocked(),
      unblocked: () => this.#deadlines.sendUnblocked(),
    });
    this.#deadlines = new Deadlines(context, {
      silent: () => wire.destroy(),
      headTooSlow: () => this.#refuse("head-too-slow", undefined),
      bodyTooSlow: () => this.#refuse("body-too-slow", undefined),
      // A reset: the kernel must not keep for it what it does not take.
      readerTooSlow: () => wire.reset(),
      queuedBytes: () => wire.unsentBytes,
      sentBytes: () => (this.#exchange === undefined ? 0 : this.#exchange.bodyBytes - wire.queuedBytes),
    });
    wire.attach(this);
  }

  /** Nothing is under way: no request, no part of one. */
  get idle(): boolean {
    return this.#exchange === undefined && !this.#heads.begun && !this.#intake.open;
  }

  destroy(): void {
    this.#wire.destroy();
  }

  /** The next answer, or the one under way, says that the connection ends. */
  stopKeeping(): void {
    this.#keeping = false;
  }

  /** Ends now, or after the answer under way, whatever its head promised. */
  endSoon(): void {
    if (this.idle) this.#wire.destroy();
    else this.#closing = true;
  }

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
    const tooLong = this.#intake.tooLongToDrain(exchange.accepted.bodyBytes, this.#context.limits.drainedBodyBytes);
    if (exchange.endsConnection || tooLong || !this.#mayStay(this.#requests)) this.#closing = true;
    this.#deadlines.answerBegan();
    return this.#closing;
  }

  /** After so many requests. */
  #mayStay(requests: number): boolean {
    const { limits } = this.#context;
    const young = !this.#deadlines.olderThan(limits.connectionAgeMs);
    return this.#keeping && young && requests < limits.requestsPerConnection;
  }

  answered(exchange: Exchange): void {
    if (this.#exchange !== exchange) return;
    this.#exchange = undefined;
    exchange.body?.leave();
    if (this.#closing || this.#clientEnded) this.#finish("");
    else {
      if (!this.#intake.open) this.#deadlines.idle();
      if (!this.#consuming) this.#resume();
    }
  }

  cut(reset: boolean): void {
    if (reset) this.#wire.reset();
    else this.#wire.destroy();
  }

  bodyWanted(): void {
    if (!this.#intake.continueOwed) return;
    this.#intake.continueOwed = false;
    this.#deadlines.bodyResumed();
    if (this.#exchange?.answerBegan === false) this.#writer.write("HTTP/1.1 100 Continue\r\n\r\n", undefined, "");
  }

  bodyDrained(): void {
    this.#deadlines.bodyResumed();
    this.#wire.resume();
  }

  received(chunk: Buffer): void {
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
    if (this.#wire.paused) this.#wire.resume();
    if (pending !== undefined) this.#consume(pending);
  }

  #holdBack(): void {
    if ((this.#pending?.length ?? 0) >= PIPELINED_BYTES) this.#wire.pause();
  }

  #consume(chunk: Buffer): void {
    this.#consuming = true;
    let at = 0;
    for (let requests = 0; at < chunk.length && !this.#lingering; ) {
      if (this.#intake.open) at = this.#takeBody(chunk, at);
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
    this.#pending = Buffer.from(rest);
    this.#holdBack();
    if (this.#exchange === undefined) setImmediate(() => this.#exchange === undefined && this.#resume());
  }

  /** Returns where it stopped. */
  #takeHead(chunk: Buffer, at: number): number {
    const heads = this.#heads;
    const begun = heads.begun;
    const next = heads.read(chunk, at);
    if (heads.ready !== undefined && this.#answerReady(heads.ready)) return next;
    if (heads.whole) this.#begin(heads.judge());
    else if (heads.problem !== undefined) this.#refuse(heads.problem, undefined);
    else if (heads.begun && !begun) this.#deadlines.headBegan();
    return next;
  }

  /** False: it goes the usual way, where also the last answer of a connection is given. */
  #answerReady(head: ReadyHead): boolean {
    const { seats, options } = this.#context;
    if (this.#wire.isFor?.(head.authority) === false) return false;
    if (!this.#mayStay(this.#requests + 1) || seats?.take(this, head.authority) === false) return false;
    const written = writeReady(head, this, options.onError);
    if (written === undefined) return false;
    this.#requests += 1;
    if (written === "left") this.#deadlines.idle();
    else {
      this.#deadlines.busy();
      this.#deadlines.answerBegan();
      this.#exchange = adopted(this.#context, this, this.#heads.judge(), written);
    }
    return true;
  }

  #begin({ line, verdict }: ParsedHead): void {
    if (verdict.kind === "refused" || line === undefined) {
      this.#refuse(verdict.kind === "refused" ? verdict.reason : "request-line", line);
    } else if (this.#wire.isFor?.(verdict.head.authority) === false) this.#refuse("misdirected", line);
    else if (this.#context.seats?.take(this, verdict.head.authority) === false) this.#refuse("site-full", line);
    else this.#serve(verdict, line);
  }

  #serve(verdict: Accepted, line: RequestLine): void {
    this.#requests += 1;
    const body = verdict.hasBody ? this.#beginBody(verdict) : undefined;
    if (body === undefined) this.#deadlines.busy();
    const exchange = new Exchange(this.#context, this, verdict, line.httpVersion, body);
    this.#exchange = exchange;
    exchange.start();
  }

  #beginBody(accepted: Accepted): RequestBody {
    this.#deadlines.bodyBegan();
    if (accepted.expectsContinue) this.#deadlines.bodyPaused();
    return this.#intake.begin(accepted, this, this.#context.limits.bodyBytes);
  }

  #takeBody(chunk: Buffer, at: number): number {
    this.#deadlines.bodyReceived(chunk.length - at);
    const next = this.#intake.feed(chunk, at);
    if (typeof next === "string") {
      this.#refuse(next, undefined);
      return chunk.length;
    }
    if (!this.#intake.open) {
      if (this.#exchange === undefined) this.#deadlines.idle();
      else this.#deadlines.busy();
    } else if (this.#intake.full) {
      this.#deadlines.bodyPaused();
      this.#wire.pause();
    }
    return next;
  }

  /** Nothing after this is read as a request. What is under way has a torn body and is given up. */
  #refuse(reason: RefusalReason, line: RequestLine | undefined): void {
    if (this.#lingering || !this.#wire.open) return;
    const [status, detail] = REFUSALS[reason];
    const exchange = this.#exchange;
    // The rest of a request that has its answer already: no second one, and no second record.
    const answered = exchange === undefined && this.#intake.open;
    this.#exchange = undefined;
    exchange?.gone(exchange.answerBegan ? undefined : status);
    if (exchange?.answerBegan === true) this.#wire.destroy();
    else this.#finish(answered ? "" : lastWords(status, line?.method, Date.now()));
    // A request that the role has seen is the role's to record.
    if (exchange !== undefined || answered) return;
    const { method, target } = line ?? {};
    const { peerAddress } = this;
    this.#context.options.onRefused?.({ atMs: Date.now(), status, reason, detail, peerAddress, method, target });
  }

  /** A client that goes on sending would keep it open; discarding what it sends lets it read the answer first. */
  #finish(words: string): void {
    this.#closing = true;
    this.#lingering = true;
    this.#pending = undefined;
    this.#intake.fail("the connection ends");
    if (!this.#wire.open) return;
    this.#wire.end(words);
    this.#wire.resume();
    this.#deadlines.linger();
  }

  /** It may still read the answer that is on its way, but waits for no other. */
  ended(): void {
    this.#clientEnded = true;
    if (this.#lingering) return;
    if (this.#exchange?.answerBegan === true && !this.#intake.open) this.#closing = true;
    else this.#wire.destroy();
  }

  left(): void {
    this.#writer.left();
  }

  closed(): void {
    this.#lingering = true;
    this.#deadlines.stop();
    this.#writer.closed();
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.gone();
    this.#intake.fail("the client left");
  }
}
