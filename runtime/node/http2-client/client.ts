/** HTTP/2 to upstreams that speak it, each exchange under the same guard as HTTP/1.1 and repeated by the same rules. */
import type { ResponseLimits } from "../../../core/http/guard-response.ts";
import { isIdempotentMethod } from "../../../core/http/methods.ts";
import type { UpstreamRequest } from "../../../core/ports.ts";
import { type ByteBody, discardBody } from "../../memory/bodies.ts";
import type { Route } from "../connect.ts";
import { type Answer, UpstreamExchange } from "../upstream-exchange.ts";
import { FailureError } from "../upstream-failure.ts";
import { POOL_LIMITS, type PoolOptions, routeKey } from "../upstream-pools.ts";
import type { Http2Connection } from "./connection.ts";
import { Http1Required, Unprocessed } from "./failures.ts";
import { Http2Target } from "./target.ts";

type Failed = Extract<Answer, { kind: "failure" }>;

/** The connections of one process, by target. */
export class Http2Client {
  readonly #options: PoolOptions;
  readonly #limits: ResponseLimits;
  readonly #targets = new Map<string, Http2Target>();

  constructor(options: PoolOptions, limits: ResponseLimits) {
    this.#options = options;
    this.#limits = limits;
  }

  /**
   * Sends a request. `http1`: it is still to be sent, by HTTP/1.1. When a connection breaks that has carried an answer before, a
   * request that may be sent twice is sent once more on a new one; when the peer says that it has not looked at it, any may.
   */
  async send(request: UpstreamRequest<ByteBody>, route: Route, origin: string): Promise<Answer | "http1"> {
    const target = this.#of(route, origin);
    const answer = await this.#attempt(target, request, false);
    if (answer === "http1" || answer.kind === "response") return answer;
    const { failure } = answer;
    const isSendable = request.body === undefined || request.body instanceof Uint8Array;
    if (failure instanceof Http1Required) {
      target.speaksHttp1();
      if (isSendable) return "http1";
    }
    const mayRepeat = failure instanceof Unprocessed ? isSendable : mayHaveMetOldConnection(request, answer);
    return mayRepeat && !request.cancellation.cancelled ? await this.#attempt(target, request, true) : answer;
  }

  /** Breaks what is in flight and closes all connections. */
  destroy(): void {
    for (const target of this.#targets.values()) target.destroy();
    this.#targets.clear();
  }

  async #attempt(target: Http2Target, request: UpstreamRequest<ByteBody>, fresh: boolean): Promise<Answer | "http1"> {
    const exchange = new UpstreamExchange(request, this.#limits, true);
    // Failures are told by who gives up, when there is no further attempt.
    const over = () => exchange.hasAnswered && request.onOver?.();
    exchange.onOver = over;
    let used: Http2Connection | undefined;
    const found = await target.acquire({
      ...{ cancellation: request.cancellation, fresh },
      begin: (connection) => {
        if (connection.hasAnswered) used = connection;
        connection.send(request, exchange);
      },
    });
    if (found === "http1") {
      exchange.forget();
      return "http1";
    }
    if (found instanceof FailureError) {
      exchange.forget();
      discardBody(request.body);
      return { kind: "failure", failure: found, cause: found, answerBegan: false };
    }
    const answer = await exchange.answer;
    return answer.kind === "failure" && used?.isGone === true
      ? { ...answer, cause: new UsedConnection(answer.failure) }
      : answer;
  }

  #of(route: Route, origin: string): Http2Target {
    const key = routeKey(route, origin);
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    if (this.#targets.size >= POOL_LIMITS.targets) this.#closeOldestIdle();
    const target = new Http2Target({ route, origin, options: this.#options, limits: this.#limits });
    this.#targets.set(key, target);
    return target;
  }

  #closeOldestIdle(): void {
    for (const [key, target] of this.#targets) {
      if (!target.isIdle) continue;
      this.#targets.delete(key);
      target.destroy();
      return;
    }
  }
}

/** The cause of a failure on a connection that had answered before. */
class UsedConnection extends Error {
  constructor(cause: Error) {
    super("a connection that was used before", { cause });
  }
}

function mayHaveMetOldConnection(request: UpstreamRequest<ByteBody>, { failure, cause, answerBegan }: Failed): boolean {
  return (
    failure.failure === "reset" &&
    !answerBegan &&
    cause instanceof UsedConnection &&
    request.body === undefined &&
    isIdempotentMethod(request.method)
  );
}
