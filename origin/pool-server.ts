/** One server of a pool: how much of it may be used now, and what its answers have told of it. */
import { type Health, type HealthState, observe, type ProbeResult, unknownHealth } from "../core/health/health.ts";
import type { Target } from "../core/ports.ts";
import { Breaker, type BreakerLimits, type BreakerState } from "./breaker.ts";
import { Silence } from "./silence.ts";

/** A server as the site names it. */
export interface ServerPolicy {
  readonly target: Target;
  readonly weight: number;
  readonly backup: boolean;
}

/** What is held against a server, and for how long. */
export interface ServerLimits {
  readonly breaker: BreakerLimits;
  /** Failures in a row after which it is left out, while others are there. */
  readonly ejectAfterFailures: number;
  /** First time that it is left out; the n-th time lasts n times as long, up to the maximum. */
  readonly ejectMs: number;
  readonly ejectMaxMs: number;
  /** From recovery to its full share. */
  readonly slowStartMs: number;
}

/**
 * How an attempt ended: `ok`; `unwell`: it answered 502, 503 or 504, and may be left out while others are there;
 * `failed`: no answer; `unknown`: nothing was learnt of it.
 */
export type AttemptResult = "ok" | "unwell" | "failed" | "unknown";

/** What a recovering server gets at least, as a share of what it will get. */
const SLOW_START_FLOOR = 0.1;

/** How a server is doing, for people and metrics. */
export interface ServerStatus {
  readonly target: Target;
  readonly backup: boolean;
  readonly inFlight: number;
  readonly health: HealthState;
  readonly breaker: BreakerState;
  readonly isEjected: boolean;
  /** Attempts since the start, and those that failed. */
  readonly attempts: number;
  readonly failures: number;
}

/** The state of one server. Lives as long as the pool. */
export class PoolServer {
  readonly target: Target;
  policy: ServerPolicy;
  readonly breaker: Breaker;
  readonly silence = new Silence();
  inFlight = 0;
  #attempts = 0;
  #failures = 0;
  readonly #limits: ServerLimits;
  #health: Health;
  #failuresInRow = 0;
  #ejections = 0;
  #ejectedUntilMs = 0;
  #recoveredAtMs: number | undefined;

  constructor(policy: ServerPolicy, limits: ServerLimits, nowMs: number) {
    this.policy = policy;
    this.target = policy.target;
    this.breaker = new Breaker(limits.breaker);
    this.#limits = limits;
    this.#health = unknownHealth(nowMs);
  }

  /** Nothing is held against it. */
  isWell(nowMs: number): boolean {
    const { state } = this.#health;
    return state !== "down" && state !== "suspect" && nowMs >= this.#ejectedUntilMs && this.breaker.admits(nowMs);
  }

  /** Its weight now: a tenth after a recovery, growing to the whole. */
  weight(nowMs: number): number {
    return this.policy.weight * this.#share(nowMs);
  }

  /** Whether one more request may be sent to it. */
  hasRoom(maxInFlight: number, nowMs: number): boolean {
    return this.inFlight < Math.max(1, Math.ceil(maxInFlight * this.#share(nowMs)));
  }

  /** A request is sent. Whether it is the breaker's probe. */
  begin(nowMs: number): boolean {
    this.inFlight += 1;
    this.#attempts += 1;
    return this.breaker.begin(nowMs);
  }

  /** Its head came, or will not. `mayEject`: there are others. */
  ended(result: AttemptResult, isProbe: boolean, at: { readonly nowMs: number; readonly mayEject: boolean }): void {
    const { nowMs, mayEject } = at;
    const ending = result === "unknown" || result === "failed" ? result : "answered";
    if (this.breaker.ended(ending, isProbe, nowMs)) this.#recover(nowMs);
    if (result === "failed") this.#failures += 1;
    if (result === "ok") {
      this.#failuresInRow = 0;
      this.#ejections = 0;
    } else if (result !== "unknown") {
      this.#failuresInRow += 1;
      if (mayEject && this.#failuresInRow >= this.#limits.ejectAfterFailures && nowMs >= this.#ejectedUntilMs) {
        this.#eject(nowMs);
      }
    }
  }

  /** What an active check found out. True when the state changed. */
  checked(result: ProbeResult, nowMs: number): boolean {
    const before = this.#health.state;
    if (result === "ok") this.silence.heard(nowMs);
    this.#health = observe(this.#health, result, nowMs);
    const { state } = this.#health;
    if (state === "up" && before !== "up") {
      const wasOut = before !== "unknown" || this.breaker.state(nowMs) !== "closed" || nowMs < this.#ejectedUntilMs;
      this.breaker.close();
      this.#ejectedUntilMs = 0;
      if (wasOut) this.#recover(nowMs);
    }
    return state !== before;
  }

  status(nowMs: number): ServerStatus {
    return {
      target: this.target,
      backup: this.policy.backup,
      inFlight: this.inFlight,
      health: this.#health.state,
      breaker: this.breaker.state(nowMs),
      isEjected: nowMs < this.#ejectedUntilMs,
      attempts: this.#attempts,
      failures: this.#failures,
    };
  }

  #eject(nowMs: number): void {
    this.#ejections += 1;
    this.#failuresInRow = 0;
    const { ejectMs, ejectMaxMs } = this.#limits;
    this.#ejectedUntilMs = nowMs + Math.min(ejectMs * this.#ejections, ejectMaxMs);
    this.#recover(this.#ejectedUntilMs);
  }

  #recover(atMs: number): void {
    this.#recoveredAtMs = atMs;
  }

  #share(nowMs: number): number {
    if (this.#recoveredAtMs === undefined) return 1;
    const passed = (nowMs - this.#recoveredAtMs) / this.#limits.slowStartMs;
    return Math.min(1, Math.max(SLOW_START_FLOOR, passed));
  }
}
