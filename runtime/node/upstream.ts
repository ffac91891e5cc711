/** The upstream of the Node runtime: HTTP/1.1 by undici, HTTP/2 by Node, behind one guard of ours. It follows nothing and decodes nothing. */
import { isIP } from "node:net";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { RESPONSE_LIMITS, type ResponseLimits } from "../../core/http/guard-response.ts";
import { isIdempotentMethod } from "../../core/http/methods.ts";
import { isPublicAddress } from "../../core/net/address-class.ts";
import type { Target, Upstream, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { discardBody } from "../memory/bodies.ts";
import { endedUsedConnection } from "./connect.ts";
import { Http2Client } from "./http2-client/client.ts";
import { type Answer, UpstreamExchange } from "./upstream-exchange.ts";
import { FailureError } from "./upstream-failure.ts";
import { hostOf, sentFields } from "./upstream-fields.ts";
import { POOL_LIMITS, type PoolOptions, UpstreamPools } from "./upstream-pools.ts";

/**
 * Keep-alive pools per target. One exchange is one request on the wire, with one exception: when a kept connection
 * breaks before any byte of the answer, it was most likely closed by the peer while idle; an idempotent request
 * without a body is then sent once more, on a new connection.
 */
export class NodeUpstream implements Upstream<ByteBody> {
  readonly #pools: UpstreamPools;
  readonly #http2: Http2Client;
  readonly #limits: ResponseLimits;

  readonly #connectionsMax: number;

  constructor(options: PoolOptions = {}) {
    this.#connectionsMax = options.connectionsPerTarget ?? POOL_LIMITS.connectionsPerTarget;
    this.#pools = new UpstreamPools(options);
    this.#limits = options.responseLimits ?? RESPONSE_LIMITS;
    this.#http2 = new Http2Client(options, this.#limits);
  }

  async fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
    const origin = originOf(request.to);
    if (origin === undefined) return refuse(request, "unresolved", `${request.to.host} is no host name`);
    if (!request.allowPrivate && origin.address !== undefined && !isPublicAddress(origin.address)) {
      return refuse(request, "forbidden-address", `${origin.address} is not public`);
    }
    if (request.cancellation.cancelled) return refuse(request, "cancelled", "cancelled before it began");
    const { to, allowPrivate, tls, timeouts } = request;
    const route = { to, allowPrivate, tls, connectMs: timeouts.connectMs };
    const overHttp2 = request.http2 === true && to.scheme === "https";
    const answered = overHttp2 ? await this.#http2.send(request, route, origin.url) : "http1";
    const answer = answered === "http1" ? await this.#onPool(request, route, origin.url) : answered;
    if (answer.kind === "response") return answer.result;
    if (answered !== "http1" || !mayRepeat(request, answer)) {
      request.onOver?.();
      return { kind: "failure", ...describe(answer.failure) };
    }
    const client = this.#pools.fresh(route, origin.url);
    const exchange = new UpstreamExchange(request, this.#limits);
    const repeated = await send(client, exchange, request, origin.url, {
      waits: false,
      onOver: () => request.onOver?.(),
    });
    void client.close();
    return repeated.kind === "response" ? repeated.result : { kind: "failure", ...describe(repeated.failure) };
  }

  /** Breaks what is in flight and closes all connections. */
  async destroy(): Promise<void> {
    this.#http2.destroy();
    await this.#pools.destroy();
  }

  async #onPool(
    request: UpstreamRequest<ByteBody>,
    route: Parameters<UpstreamPools["of"]>[0],
    origin: string,
  ): Promise<Answer> {
    const target = this.#pools.of(route, origin);
    if (target.inFlight >= this.#connectionsMax + POOL_LIMITS.queuedPerTarget) {
      discardBody(request.body);
      const failure = new FailureError("busy", "too many requests wait for this upstream");
      return { kind: "failure", failure, cause: failure, answerBegan: false };
    }
    target.inFlight += 1;
    return send(target.pool, new UpstreamExchange(request, this.#limits), request, origin, {
      waits: target.inFlight > this.#connectionsMax,
      onOver: (hasAnswered) => {
        target.inFlight -= 1;
        // After a failure it may be sent once more.
        if (hasAnswered) request.onOver?.();
      },
    });
  }
}

interface Sending {
  /** Whether it may have to wait for a connection to become free. */
  readonly waits: boolean;
  onOver(hasAnswered: boolean): void;
}

function send(
  dispatcher: Dispatcher,
  exchange: UpstreamExchange,
  request: UpstreamRequest<ByteBody>,
  origin: string,
  sending?: Sending,
): Promise<Answer> {
  const timer = sending?.waits === true ? limitWait(exchange) : undefined;
  // Not written where it is assigned: V8 puts a function that is assigned to a property as it is written into the old
  // generation, and with it, until the next full collection, all that the exchange has made.
  const over = () => {
    clearTimeout(timer);
    sending?.onOver(exchange.hasAnswered);
  };
  exchange.onOver = over;
  const options: Dispatcher.DispatchOptions & { readonly servername: string } = {
    origin,
    path: request.target === "*" ? `${request.to.scheme}://${hostOf(request)}` : request.target,
    method: request.method,
    headers: sentFields(request),
    // undici takes async iterables; its types name only Readable.
    body: exchange.body() as Readable | Uint8Array | null,
    headersTimeout: request.timeouts.firstByteMs,
    bodyTimeout: request.timeouts.betweenBytesMs,
    servername: request.to.host,
  };
  dispatcher.dispatch(options, exchange);
  return exchange.answer;
}

function limitWait(exchange: UpstreamExchange): NodeJS.Timeout {
  return setTimeout(() => {
    if (!exchange.started) exchange.stop(new FailureError("busy", "no connection became free"));
  }, POOL_LIMITS.queueWaitMs);
}

function mayRepeat(request: UpstreamRequest<ByteBody>, answer: Extract<Answer, { kind: "failure" }>): boolean {
  return (
    answer.failure.failure === "reset" &&
    !answer.answerBegan &&
    endedUsedConnection(answer.cause) &&
    request.body === undefined &&
    isIdempotentMethod(request.method) &&
    !request.cancellation.cancelled
  );
}

interface Origin {
  readonly url: string;
  /** Its address, when the host is a literal in any spelling that URL parsers know. */
  readonly address: string | undefined;
}

function originOf(to: Target): Origin | undefined {
  const host = to.host.includes(":") ? `[${to.host}]` : to.host;
  const url = URL.parse(`${to.scheme}://${host}:${to.port}`);
  if (url === null || url.pathname !== "/" || url.search !== "" || url.username !== "") return undefined;
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return { url: url.origin, address: isIP(name) === 0 ? undefined : name };
}

function refuse(
  request: UpstreamRequest<ByteBody>,
  failure: UpstreamFailure,
  detail: string,
): UpstreamResult<ByteBody> {
  discardBody(request.body);
  request.onOver?.();
  return { kind: "failure", failure, detail };
}

function describe(error: FailureError): { readonly failure: UpstreamFailure; readonly detail: string } {
  return { failure: error.failure, detail: error.message };
}
