/** One request on a connection of HTTP/2, told to its exchange as undici tells one of HTTP/1.1. */
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from "node:http2";
import type { Dispatcher } from "undici";
import type { UpstreamRequest } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { UpstreamExchange } from "../upstream-exchange.ts";
import { FailureError } from "../upstream-failure.ts";
import { sentFieldsOfHttp2 } from "../upstream-fields.ts";
import { streamFailure, Unprocessed } from "./failures.ts";

/** What an owner of the connection wants to know. */
export interface StreamOwner {
  /** The head came. */
  answered(): void;
  /** Nothing came in time: the connection may lead nowhere. */
  silent(): void;
  /** It takes no more room. Called once. */
  over(): void;
}

/** Sends a request; from then on its exchange hears everything, at least one ending included. */
export function sendOn(
  session: ClientHttp2Session,
  request: UpstreamRequest<ByteBody>,
  exchange: UpstreamExchange,
  owner: StreamOwner,
): void {
  const body = exchange.body();
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(sentFieldsOfHttp2(request), { endStream: body === null });
  } catch (error) {
    const gone = session.closed || session.destroyed;
    exchange.onResponseError(
      null,
      gone ? new Unprocessed(String(error)) : new FailureError("cancelled", String(error)),
    );
    owner.over();
    return;
  }
  new RequestStream(stream, { request, exchange, owner }).send(body);
}

interface Parts {
  readonly request: UpstreamRequest<ByteBody>;
  readonly exchange: UpstreamExchange;
  readonly owner: StreamOwner;
}

class RequestStream implements Dispatcher.DispatchController {
  rawHeaders: string[] | null = null;
  paused = false;
  aborted = false;
  reason: Error | null = null;
  readonly #stream: ClientHttp2Stream;
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | undefined;
  #hasHead = false;
  /** The client's next piece is waited for: the peer owes nothing yet. */
  #awaitsClient = false;
  #isWhole = false;
  #isOver = false;

  constructor(stream: ClientHttp2Stream, parts: Parts) {
    this.#stream = stream;
    this.#parts = parts;
  }

  send(body: ReturnType<UpstreamExchange["body"]>): void {
    const stream = this.#stream;
    this.#watchEnd();
    stream.on("headers", (_headers, _flags, ...more: unknown[]) => this.#head(more[0]));
    stream.on("response", (_headers, _flags, ...more: unknown[]) => this.#head(more[0]));
    stream.on("data", (chunk: Buffer) => {
      this.#wait();
      this.#parts.exchange.onResponseData(this, chunk);
    });
    stream.on("end", () => {
      if (this.#isWhole && this.#hasHead) this.#finish(undefined);
    });
    stream.on("error", (error: Error) => this.#finish(streamFailure(error, stream.rstCode)));
    stream.on("close", () => this.#finish(streamFailure(undefined, stream.rstCode)));
    this.#wait();
    this.#parts.exchange.onRequestStart(this);
    if (body !== null && !this.#isOver) void this.#upload(body);
  }

  abort(reason: Error): void {
    this.aborted = true;
    this.reason = reason;
    this.#finish(reason);
  }

  pause(): void {
    this.paused = true;
    clearTimeout(this.#timer);
    this.#stream.pause();
  }

  resume(): void {
    this.paused = false;
    this.#wait();
    this.#stream.resume();
  }

  /**
   * Node ends the readable side of a stream alike whether its last frame came or it was reset; only in the first case the
   * stream is not closed yet when that happens. A body that was cut must not pass for a whole one.
   */
  #watchEnd(): void {
    const stream = this.#stream;
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null && !stream.closed) this.#isWhole = true;
      return push(chunk, encoding);
    };
  }

  #head(raw: unknown): void {
    if (this.#isOver) return;
    const { exchange, owner } = this.#parts;
    const fields = Array.isArray(raw) ? raw.map(String) : [];
    const [name, status] = fields;
    // Pseudo-fields come first, and a response has one (RFC 9113 §8.3.2).
    if (name !== ":status" || fields[2]?.startsWith(":") === true) {
      exchange.stop(new FailureError("malformed", "no status in front of the fields"));
      return;
    }
    this.rawHeaders = fields.slice(2);
    this.#wait();
    exchange.onResponseStarted();
    if (Number(status) >= 200) {
      this.#hasHead = true;
      owner.answered();
    }
    exchange.onResponseStart(this, Number(status));
  }

  /** Begins to wait for what comes next: the head, or more of the body. */
  #wait(): void {
    clearTimeout(this.#timer);
    if (this.paused || this.#isOver || (this.#awaitsClient && !this.#hasHead)) return;
    const { firstByteMs, betweenBytesMs } = this.#parts.request.timeouts;
    this.#timer = setTimeout(() => this.#tooLate(), this.#hasHead ? betweenBytesMs : firstByteMs);
  }

  #awaitClient(awaits: boolean): void {
    this.#awaitsClient = awaits;
    this.#wait();
  }

  #tooLate(): void {
    const { exchange, owner, request } = this.#parts;
    owner.silent();
    const { firstByteMs, betweenBytesMs } = request.timeouts;
    exchange.stop(
      this.#hasHead
        ? new FailureError("reset", `nothing for ${betweenBytesMs} ms in the body`)
        : new FailureError("first-byte-timeout", `no answer within ${firstByteMs} ms`),
    );
  }

  async #upload(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const stream = this.#stream;
    if (body instanceof Uint8Array) {
      stream.end(body);
      return;
    }
    try {
      this.#awaitClient(true);
      for await (const chunk of body) {
        this.#awaitClient(false);
        if (this.#isOver) return;
        if (!stream.write(chunk)) await drained(stream);
        this.#awaitClient(true);
      }
      this.#awaitClient(false);
      stream.end();
    } catch (error) {
      this.#parts.exchange.stop(error instanceof FailureError ? error : new FailureError("cancelled", String(error)));
    }
  }

  #finish(failure: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    const { exchange, owner } = this.#parts;
    const stream = this.#stream;
    // An answer may be whole before the request is: the rest of it is for nobody.
    if (!stream.closed && (failure !== undefined || !stream.writableFinished)) stream.close(constants.NGHTTP2_CANCEL);
    if (failure === undefined) exchange.onResponseEnd();
    else exchange.onResponseError(this, failure);
    owner.over();
  }
}

/** Settles when more may be written, or nothing more can be. */
function drained(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.on("drain", done).on("close", done);
    if (stream.closed || stream.destroyed) done();
  });
}
