/**
 * The circuit breaker of one origin: when most requests fail, nobody is sent there for a while; then one request finds
 * out whether it is back. Failing fast is what lets stale responses be served at once, and an origin get up again.
 */
import { SlidingWindow } from "./sliding-window.ts";

/** When it opens, and for how long. */
export interface BreakerLimits {
  /** Share of failures within 10 s at which it opens. */
  readonly failurePercent: number;
  /** Requests within 10 s below which it stays closed. */
  readonly requestsMin: number;
  /** First wait before a probe; it doubles with each probe that fails. */
  readonly openMs: number;
  readonly openMaxMs: number;
}

/** `half-open`: the wait is over, and one request may find out, or is just doing so. */
export type BreakerState = "closed" | "open" | "half-open";

/** How a request ended: with an answer of any status, without one, or in a way that says nothing of the origin. */
export type Ending = "answered" | "failed" | "unknown";

/** Lives as long as the pool. */
export class Breaker {
  readonly #limits: BreakerLimits;
  readonly #requests = new SlidingWindow();
  readonly #failures = new SlidingWindow();
  #openUntilMs: number | undefined;
  #waitMs = 0;
  #probing = false;

  constructor(limits: BreakerLimits) {
    this.#limits = limits;
  }

  state(nowMs: number): BreakerState {
    if (this.#openUntilMs === undefined) return "closed";
    return nowMs >= this.#openUntilMs ? "half-open" : "open";
  }

  /** Whether a request may go there now. */
  admits(nowMs: number): boolean {
    const state = this.state(nowMs);
    return state === "closed" || (state === "half-open" && !this.#probing);
  }

  /** A request that `admits` let in is sent. Whether it is the one that finds out; to be said again at its end. */
  begin(nowMs: number): boolean {
    if (this.state(nowMs) !== "half-open") return false;
    this.#probing = true;
    return true;
  }

  /** A request ended. True when that closed the breaker. */
  ended(how: Ending, isProbe: boolean, nowMs: number): boolean {
    if (isProbe) return this.#probed(how, nowMs);
    // What began before it opened proves nothing about now.
    if (this.#openUntilMs !== undefined || how === "unknown") return false;
    this.#requests.add(nowMs);
    if (how === "answered") return false;
    this.#failures.add(nowMs);
    const requests = this.#requests.total(nowMs);
    const { requestsMin, failurePercent, openMs } = this.#limits;
    const isOver = this.#failures.total(nowMs) * 100 >= requests * failurePercent;
    if (requests >= requestsMin && isOver) this.#open(nowMs, openMs);
    return false;
  }

  /** Closes it: something else has proved that the origin is well. */
  close(): void {
    this.#openUntilMs = undefined;
    this.#probing = false;
    this.#requests.clear();
    this.#failures.clear();
  }

  #probed(how: Ending, nowMs: number): boolean {
    this.#probing = false;
    if (this.#openUntilMs === undefined) return false;
    if (how === "answered") this.close();
    if (how === "failed") this.#open(nowMs, Math.min(this.#waitMs * 2, this.#limits.openMaxMs));
    return how === "answered";
  }

  #open(nowMs: number, waitMs: number): void {
    this.#waitMs = waitMs;
    this.#openUntilMs = nowMs + waitMs;
    this.#probing = false;
  }
}
