/** One connection of HTTP/2 with an upstream: how many requests it carries, and whether it takes another one. */
import { type ClientHttp2Session, type ClientSessionOptions, connect } from "node:http2";
import type { Socket } from "node:net";
import type { ResponseLimits } from "../../../core/http/guard-response.ts";
import type { UpstreamRequest } from "../../../core/ports.ts";
import type { ByteBody } from "../../memory/bodies.ts";
import type { UpstreamExchange } from "../upstream-exchange.ts";
import { sendOn } from "./request-stream.ts";

/** Bounds of connections. */
export const HTTP2_LIMITS = {
  /** Requests at a time on one connection, if the peer allows so many. */
  streamsPerConnection: 100,
  /** What a peer may send ahead of a reader: of one body, and of all of a connection. */
  streamWindowBytes: 262_144,
  connectionWindowBytes: 4_194_304,
  /** How long a connection that is given up may take to close. */
  closeMs: 1_000,
} as const;

/** What becomes of a connection. */
export interface ConnectionOwner {
  readonly idleMs: number;
  readonly limits: ResponseLimits;
  /** A request has ended. */
  freed(connection: Http2Connection): void;
  /** It takes no more requests. Called once. */
  retired(connection: Http2Connection): void;
  /** It is closed. */
  gone(connection: Http2Connection): void;
}

/** It lives until it was idle for too long, the peer says goodbye, or it does not answer. */
export class Http2Connection {
  readonly #session: ClientHttp2Session;
  readonly #owner: ConnectionOwner;
  #streams = 0;
  #answers = 0;
  #isRetired = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(origin: string, socket: Socket, owner: ConnectionOwner) {
    this.#owner = owner;
    const { headBytes, fields } = owner.limits;
    const options: ClientSessionOptions & { readonly strictSingleValueFields: boolean } = {
      createConnection: () => socket,
      // A little more than the guard takes, so that it is the guard who refuses.
      maxHeaderListPairs: fields * 2 + 1,
      maxSendHeaderBlockLength: headBytes * 8,
      strictSingleValueFields: false,
      settings: {
        enablePush: false,
        initialWindowSize: HTTP2_LIMITS.streamWindowBytes,
        maxHeaderListSize: headBytes * 2 + fields * 64,
      },
    };
    this.#session = connect(origin, options);
    this.#session.once("connect", () => this.#session.setLocalWindowSize(HTTP2_LIMITS.connectionWindowBytes));
    this.#session.on("error", () => this.retire());
    this.#session.on("goaway", () => this.retire());
    this.#session.on("close", () => {
      this.retire();
      owner.gone(this);
    });
    this.#restOrGo();
  }

  /** Requests under way. */
  get streams(): number {
    return this.#streams;
  }

  /** Whether it has given an answer: when it breaks without another one, the peer may have closed it while it was idle. */
  get hasAnswered(): boolean {
    return this.#answers > 0;
  }

  /** Whether it has broken, or was closed. */
  get isGone(): boolean {
    return this.#session.destroyed;
  }

  /** Whether one more request may be sent on it. */
  get hasRoom(): boolean {
    const { maxConcurrentStreams = HTTP2_LIMITS.streamsPerConnection } = this.#session.remoteSettings ?? {};
    return !this.#isRetired && this.#streams < Math.min(maxConcurrentStreams, HTTP2_LIMITS.streamsPerConnection);
  }

  /** Sends a request; the exchange hears how it ends. */
  send(request: UpstreamRequest<ByteBody>, exchange: UpstreamExchange): void {
    this.#streams += 1;
    clearTimeout(this.#idleTimer);
    sendOn(this.#session, request, exchange, {
      answered: () => {
        this.#answers += 1;
      },
      silent: () => this.retire(),
      over: () => {
        this.#streams -= 1;
        this.#restOrGo();
        this.#owner.freed(this);
      },
    });
  }

  /** Takes no more requests; those under way may end. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    clearTimeout(this.#idleTimer);
    this.#owner.retired(this);
    this.#restOrGo();
  }

  /** Breaks what is under way. */
  destroy(): void {
    this.retire();
    this.#session.destroy();
  }

  #restOrGo(): void {
    if (this.#streams > 0) return;
    if (!this.#isRetired) {
      this.#idleTimer = setTimeout(() => this.retire(), this.#owner.idleMs);
      return;
    }
    if (this.#session.destroyed) return;
    this.#session.close();
    // A peer that is gone says no goodbye.
    const timer = setTimeout(() => this.#session.destroy(), HTTP2_LIMITS.closeMs);
    this.#session.once("close", () => clearTimeout(timer));
  }
}
