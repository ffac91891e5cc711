/**
 * How much one remote address may ask for: requests, misses, requests that are answered 4xx (FAULTS (c), L05). Each is a
 * bucket that fills at the rate and holds some seconds' worth of it. All are off unless they are set.
 */
import type { Cidr } from "../net/address.ts";
import { subscriberOf } from "../net/subscriber.ts";
import { RecentTimes } from "./recent-times.ts";

/** The settings; a rate of 0 sets no limit. */
export interface RateLimits {
  readonly requestsPerIpPerSecondMax: number;
  readonly missesPerIpPerSecondMax: number;
  readonly clientErrorsPerIpPerSecondMax: number;
  /** So many seconds' worth may come at once. */
  readonly rateBurstSeconds: number;
  /** Addresses that are remembered for each rate. */
  readonly rateAddressesMax: number;
}

/** Which rate is over its limit. */
export const RATE_REASONS = ["request-rate", "miss-rate", "client-error-rate"] as const;

/** One of them. */
export type RateReason = (typeof RATE_REASONS)[number];

/** Not now: answered 429. */
export interface OverRate {
  readonly reason: RateReason;
  /** Whole seconds, at least 1, until there is room for one more. */
  readonly retryAfterSeconds: number;
}

/** The rates of all addresses at one node. Loopback and trusted proxies have none. */
export class Rates {
  readonly #trusted: readonly Cidr[];
  readonly #requests: Buckets | undefined;
  readonly #misses: Buckets | undefined;
  readonly #errors: Buckets | undefined;

  constructor(limits: RateLimits, trusted: readonly Cidr[]) {
    this.#trusted = trusted;
    this.#requests = bucketsOf(limits.requestsPerIpPerSecondMax, limits);
    this.#misses = bucketsOf(limits.missesPerIpPerSecondMax, limits);
    this.#errors = bucketsOf(limits.clientErrorsPerIpPerSecondMax, limits);
  }

  /** One more request of an address: undefined when it may, which then counts. */
  request(address: string, nowMs: number): OverRate | undefined {
    if (this.#requests === undefined && this.#errors === undefined) return undefined;
    const key = subscriberOf(address, this.#trusted)?.key;
    if (key === undefined) return undefined;
    const errorsMs = this.#errors?.waitMs(key, nowMs) ?? 0;
    if (errorsMs > 0) return overRate("client-error-rate", errorsMs);
    const requestsMs = this.#requests?.takeMs(key, nowMs) ?? 0;
    return requestsMs > 0 ? overRate("request-rate", requestsMs) : undefined;
  }

  /** One more request that an origin must be asked for: undefined when it may, which then counts. */
  miss(address: string, nowMs: number): OverRate | undefined {
    if (this.#misses === undefined) return undefined;
    const key = subscriberOf(address, this.#trusted)?.key;
    const waitMs = key === undefined ? 0 : this.#misses.takeMs(key, nowMs);
    return waitMs > 0 ? overRate("miss-rate", waitMs) : undefined;
  }

  /** What an address was answered. 429 does not count, or nobody would ever come out of it. */
  answered(address: string, status: number, nowMs: number): void {
    if (this.#errors === undefined || status < 400 || status > 499 || status === 429) return;
    const key = subscriberOf(address, this.#trusted)?.key;
    if (key !== undefined) this.#errors.count(key, nowMs);
  }
}

function overRate(reason: RateReason, waitMs: number): OverRate {
  return { reason, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
}

function bucketsOf(perSecond: number, limits: RateLimits): Buckets | undefined {
  return perSecond === 0 ? undefined : new Buckets(perSecond, limits);
}

/** One bucket an address, each a single time: when it would be empty again (the generic cell rate algorithm). */
class Buckets {
  readonly #everyMs: number;
  readonly #burstMs: number;
  readonly #emptyAtMs: RecentTimes;

  constructor(perSecond: number, { rateBurstSeconds, rateAddressesMax }: RateLimits) {
    this.#everyMs = 1_000 / perSecond;
    // At least one fits.
    this.#burstMs = Math.max(rateBurstSeconds * 1_000, this.#everyMs);
    this.#emptyAtMs = new RecentTimes(rateAddressesMax);
  }

  /** How long until there is room for one more; 0: there is. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, this.#filledUntil(key, nowMs) + this.#everyMs - this.#burstMs - nowMs);
  }

  /** The same, and if there is room it is taken. */
  takeMs(key: string, nowMs: number): number {
    const waitMs = this.waitMs(key, nowMs);
    if (waitMs === 0) this.count(key, nowMs);
    return waitMs;
  }

  /** One more, whether there is room or not; the bucket never holds more than it can. */
  count(key: string, nowMs: number): void {
    const filledUntilMs = this.#filledUntil(key, nowMs) + this.#everyMs;
    this.#emptyAtMs.set(key, Math.min(filledUntilMs, nowMs + this.#burstMs));
  }

  #filledUntil(key: string, nowMs: number): number {
    return Math.max(nowMs, this.#emptyAtMs.get(key) ?? 0);
  }
}
