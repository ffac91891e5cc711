/** One client connection: who it is, what is in flight on it, and how it ends. */
import type { Socket } from "node:net";
import type { ListenerLimits } from "./listener-options.ts";
import { rawAnswer } from "./static-answer.ts";

/** An exchange as its connection sees it. */
export interface InFlight {
  /** The connection broke. */
  gone(): void;
  /** Whether its request has come whole. */
  readonly requestComplete: boolean;
  /** Whether the head of its answer has left. */
  readonly answerBegan: boolean;
}

/** The limits of one connection. */
export type ConnectionLimits = Pick<ListenerLimits, "silenceMs" | "lingerMs" | "pipelinedRequests">;

/** The state beside a socket. Node parses pipelined requests ahead, so several may be in flight; answers keep order. */
export class Connection {
  readonly socket: Socket;
  readonly peerAddress: string;
  readonly #inFlight = new Set<InFlight>();
  readonly #limits: ConnectionLimits;
  readonly #silence: NodeJS.Timeout;
  #closing = false;
  #spoken = false;
  #lastWords: number | undefined;

  constructor(socket: Socket, limits: ConnectionLimits) {
    this.socket = socket;
    this.peerAddress = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
    this.#limits = limits;
    // Node's own timer begins with the first byte, so that one who says nothing could stay for ever.
    this.#silence = setTimeout(() => this.#silent(), limits.silenceMs);
    this.#silence.unref();
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(this.#silence);
      for (const exchange of this.#inFlight) exchange.gone();
      this.#inFlight.clear();
    });
  }

  /** No further request is taken: what follows on the connection is not to be trusted, or not wanted. */
  get closing(): boolean {
    return this.#closing;
  }

  get idle(): boolean {
    return this.#inFlight.size === 0;
  }

  /** Whether the answer to the only exchange in flight is the last that this connection will carry. */
  get onLastAnswer(): boolean {
    return this.#closing && this.#inFlight.size === 1 && this.#lastWords === undefined;
  }

  /** A refusal is being written as an ordinary answer: nothing else will be said. */
  refused(): void {
    this.#closing = true;
    this.#spoken = true;
  }

  /** What is in flight is answered, then the connection ends. */
  stopTaking(): void {
    this.#closing = true;
  }

  begin(exchange: InFlight): void {
    clearTimeout(this.#silence);
    this.#inFlight.add(exchange);
    if (this.#inFlight.size >= this.#limits.pipelinedRequests) this.stopTaking();
  }

  end(exchange: InFlight): void {
    this.#inFlight.delete(exchange);
    if (this.#inFlight.size > 0 || this.socket.destroyed) return;
    if (this.#lastWords !== undefined) this.#say(this.#lastWords);
    else if (this.#closing) this.#finish();
  }

  /**
   * Something unreadable came. Whole requests before it are still answered, in order; one whose body it is in is
   * given up. Then the status, and the end. False when that is under way already.
   */
  fail(status: number): boolean {
    if (this.#spoken || this.#lastWords !== undefined || this.socket.destroyed) return false;
    this.#closing = true;
    const torn = [...this.#inFlight].filter((exchange) => !exchange.requestComplete);
    if (torn.some((exchange) => exchange.answerBegan)) {
      this.socket.destroy();
      return true;
    }
    this.#lastWords = status;
    for (const exchange of torn) {
      this.#inFlight.delete(exchange);
      exchange.gone();
    }
    if (this.#inFlight.size === 0) this.#say(status);
    return true;
  }

  #say(status: number): void {
    this.#finish(rawAnswer(status));
  }

  /** A client that goes on sending would keep it open; discarding what it sends lets it read the answer first. */
  #finish(lastBytes = ""): void {
    if (this.socket.writable) this.socket.end(lastBytes);
    setTimeout(() => this.socket.destroy(), this.#limits.lingerMs).unref();
  }

  #silent(): void {
    if (this.socket.bytesRead === 0) this.socket.destroy();
    else this.fail(408);
  }
}
