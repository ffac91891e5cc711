/**
 * Response rate limiting (RRL): a forged source must not make us flood its owner. Askers are known by their /24 or /56,
 * answers by their name, errors together. Who is beyond the rate gets every second answer as "ask over TCP", which a real
 * resolver does and a forger cannot, and the others not at all.
 */
import { parseAddress } from "../net/address.ts";
import { RecentTimes } from "../overload/recent-times.ts";

/** The settings; a rate of 0 sets no limit. */
export interface ResponseRates {
  readonly dnsAnswersPerPrefixPerSecond: number;
  readonly dnsErrorsPerPrefixPerSecond: number;
}

/** What to do with a response. */
export type RateVerdict = "send" | "truncate" | "drop";

/** So many seconds' worth may come at once. */
const BURST_MS = 1_000;
/** Of those beyond the rate, one in so many is answered, by truncation. */
const SLIP = 2;
/** Prefixes and names that are remembered. */
const KEYS_MAX = 100_000;

/** The rates of one server. */
export class ResponseRate {
  readonly #limits: ResponseRates;
  readonly #fullAtMs = new RecentTimes(KEYS_MAX);
  #beyond = 0;

  constructor(limits: ResponseRates) {
    this.#limits = limits;
  }

  /** One more response to an address. `name`: of the answer; undefined: it is an error. */
  judge(address: string, name: string | undefined, nowMs: number): RateVerdict {
    const { dnsAnswersPerPrefixPerSecond, dnsErrorsPerPrefixPerSecond } = this.#limits;
    const perSecond = name === undefined ? dnsErrorsPerPrefixPerSecond : dnsAnswersPerPrefixPerSecond;
    if (perSecond === 0) return "send";
    const key = `${prefixText(address)} ${name ?? ""}`;
    const everyMs = 1_000 / perSecond;
    const roomMs = Math.max(BURST_MS, everyMs);
    const knownMs = this.#fullAtMs.get(key) ?? 0;
    // Further ahead than there ever is room for: the clock was set back.
    const fullAtMs = (knownMs - nowMs > roomMs ? nowMs : Math.max(nowMs, knownMs)) + everyMs;
    if (fullAtMs - nowMs <= roomMs) {
      this.#fullAtMs.set(key, fullAtMs);
      return "send";
    }
    this.#beyond = (this.#beyond + 1) % SLIP;
    return this.#beyond === 0 ? "truncate" : "drop";
  }
}

function prefixText(address: string): string {
  const dot = address.lastIndexOf(".");
  if (!address.includes(":") && dot > 0) return address.slice(0, dot);
  const parsed = parseAddress(address);
  return parsed === undefined ? address : parsed.bytes.slice(0, parsed.family === 4 ? 3 : 7).join(".");
}
