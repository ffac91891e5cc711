/** One HTTP/2 connection of a client: what it may do, its streams, and how it ends. */
import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Accepted, type GuardOptions, guardRequest } from "../../../core/http/guard.ts";
import { REFUSALS, type RefusalReason } from "../../../core/http/refusals.ts";
import { staticAnswer } from "../http1/static-answer.ts";
import { belongsTo } from "../tls/accept-tls.ts";
import { HEADER_TABLE_BYTES, type Http2Limits, ODD_FRAMES_MAX, SESSION_MEMORY_MB } from "./http2-limits.ts";
import { RateWatch } from "./rate-watch.ts";
import { endWithAnswer, type StreamContext, StreamExchange } from "./stream-exchange.ts";
import { requestHeadOf, responseFieldsOf } from "./stream-fields.ts";

/** What connections share with their listener. */
export interface Http2Context extends Omit<StreamContext, "peerAddress"> {
  readonly guard: GuardOptions;
  readonly http2: Http2Limits;
  /** Whether the listener's certificate is for a host. */
  covers(host: string): boolean;
  /** Whether there is a seat for one more connection of the site. */
  seat(connection: object, authority: string): boolean;
}

/** The state beside a session. */
export class Http2Connection {
  readonly #context: Http2Context;
  readonly #peerAddress: string;
  readonly #session: ServerHttp2Session;
  readonly #socket: TLSSocket;
  readonly #exchanges = new Set<StreamExchange>();
  readonly #resets: RateWatch;
  readonly #pings: RateWatch;
  readonly #settings: RateWatch;
  readonly #beganMs = performance.now();
  #idleFromMs: number;
  #requests = 0;

  constructor(context: Http2Context, socket: TLSSocket, peerAddress: string) {
    const { http2 } = context;
    this.#context = context;
    this.#socket = socket;
    this.#peerAddress = peerAddress;
    this.#idleFromMs = performance.now();
    this.#resets = new RateWatch(http2.http2ResetsPerMinuteMax);
    this.#pings = new RateWatch(http2.http2PingsPerMinuteMax);
    this.#settings = new RateWatch(http2.http2SettingsPerMinuteMax);
    const session = performServerHandshake(socket, sessionOptions(context));
    this.#session = session;
    session.setLocalWindowSize(http2.http2ConnectionWindowBytes);
    session.on("stream", (stream, _, flags, raw) => this.#taken(stream, flags, rawOf(raw)));
    session.on("ping", () => this.#pings.add(performance.now()) && this.#abuse());
    session.on("remoteSettings", () => this.#settings.add(performance.now()) && this.#abuse());
    // What a client breaks ends its connection; nobody else is told.
    session.on("error", () => session.destroy());
    socket.on("error", () => session.destroy());
  }

  /** Bytes that wait for the client to take them. */
  get queuedBytes(): number {
    let bytes = this.#socket.writableLength;
    for (const { unsentBytes } of this.#exchanges) bytes += unsentBytes;
    return bytes;
  }

  /** Called each second or so. */
  check(nowMs: number): void {
    for (const exchange of this.#exchanges) exchange.check(nowMs);
    if (this.#exchanges.size > 0) this.#idleFromMs = nowMs;
    const idleMs = nowMs - this.#idleFromMs;
    const { http2IdleMs } = this.#context.http2;
    // A refusal that nobody takes would keep it open.
    if (idleMs > 2 * http2IdleMs) this.destroy();
    else if (idleMs > http2IdleMs) this.stopKeeping();
  }

  /** No more streams; it ends with the last of them (GOAWAY). */
  stopKeeping(): void {
    if (!this.#session.destroyed && !this.#session.closed) this.#session.close();
  }

  endSoon(): void {
    this.stopKeeping();
  }

  destroy(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  whenClosed(action: () => void): void {
    this.#session.once("close", action);
  }

  #abuse(): void {
    this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    this.#socket.destroy();
  }

  /** A bug of ours costs this stream, not the process. */
  #taken(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    try {
      this.#take(stream, flags, raw);
    } catch (error) {
      this.#context.options.onError(error);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  }

  #take(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    stream.on("error", () => {});
    stream.once("close", () => {
      // Whoever caused it: a stream that ended by a reset was work for nothing (rapid reset, MadeYouReset).
      const isReset = stream.rstCode !== constants.NGHTTP2_NO_ERROR;
      if (isReset && this.#resets.add(performance.now())) this.#abuse();
    });
    const isOpen = (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0;
    const head = requestHeadOf(raw, isOpen);
    const verdict = guardRequest(head, this.#context.guard);
    if (verdict.kind === "refused") return void this.#refuse(stream, verdict.reason, head);
    const { authority } = verdict.head;
    if (!belongsTo(this.#socket, authority, this.#context.covers))
      return void this.#refuse(stream, "misdirected", head);
    if (!this.#context.seat(this, authority)) return void this.#refuse(stream, "site-full", head);
    this.#serve(stream, verdict);
    this.#requests += 1;
    const { requestsPerConnection, connectionAgeMs } = this.#context.limits;
    const isOld = performance.now() - this.#beganMs >= connectionAgeMs;
    if (this.#requests >= requestsPerConnection || isOld) this.stopKeeping();
  }

  #serve(stream: ServerHttp2Stream, accepted: Accepted): void {
    const exchange = new StreamExchange(
      { ...this.#context, peerAddress: this.#peerAddress },
      stream,
      accepted,
      performance.now(),
    );
    this.#exchanges.add(exchange);
    stream.once("close", () => this.#exchanges.delete(exchange));
    exchange.start();
  }

  #refuse(
    stream: ServerHttp2Stream,
    reason: RefusalReason,
    head: { readonly method: string; readonly target: string },
  ) {
    const [status, detail] = REFUSALS[reason];
    const { fields, text } = staticAnswer(status);
    const body = head.method === "HEAD" ? undefined : Buffer.from(text);
    const raw = responseFieldsOf({ status, fields }, body?.length, Date.now());
    stream.respond(raw, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    endWithAnswer(stream);
    const { method, target } = head;
    const peerAddress = this.#peerAddress;
    this.#context.options.onRefused?.({ atMs: Date.now(), status, reason, detail, peerAddress, method, target });
  }
}

function sessionOptions({ http2, limits }: Http2Context) {
  return {
    settings: {
      maxConcurrentStreams: http2.http2StreamsMax,
      initialWindowSize: http2.http2StreamWindowBytes,
      maxHeaderListSize: limits.headBytes,
      headerTableSize: HEADER_TABLE_BYTES,
      enablePush: false,
    },
    maxSessionMemory: SESSION_MEMORY_MB,
    maxHeaderListPairs: limits.fields + 4,
    maxSessionInvalidFrames: ODD_FRAMES_MAX,
    maxSessionRejectedStreams: ODD_FRAMES_MAX,
    streamResetBurst: http2.http2ResetsPerMinuteMax,
    streamResetRate: Math.ceil(http2.http2ResetsPerMinuteMax / 60),
    strictFieldWhitespaceValidation: true,
    // What an origin has sent twice is its affair, as with HTTP/1.1.
    strictSingleValueFields: false,
  };
}

function rawOf(raw: unknown): readonly string[] {
  return Array.isArray(raw) ? raw.filter((one) => typeof one === "string") : [];
}
