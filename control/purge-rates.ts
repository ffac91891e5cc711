/** How often the tokens of one site may purge it: so many requests a second, purges of everything a minute. Admins may always. */
import type { Settings } from "../core/config/settings.ts";
import { RecentTimes } from "../core/overload/recent-times.ts";

/** Sites that are remembered. */
const SITES_MAX = 10_000;
const MINUTE_MS = 60_000;

/** One bucket a site, each a single time: when it would be empty again (the generic cell rate algorithm). */
class Bucket {
  readonly #everyMs: number;
  readonly #burst: number;
  readonly #emptyAtMs = new RecentTimes(SITES_MAX);

  constructor(everyMs: number, burst: number) {
    this.#everyMs = everyMs;
    this.#burst = burst;
  }

  /** Milliseconds until there is room; 0: there was, and it is taken. */
  take(site: string, nowMs: number): number {
    const filledMs = Math.max(nowMs, this.#emptyAtMs.get(site) ?? 0) + this.#everyMs;
    const waitMs = Math.max(0, filledMs - nowMs - this.#everyMs * this.#burst);
    if (waitMs === 0) this.#emptyAtMs.set(site, filledMs);
    return waitMs;
  }
}

/** The rates of one control. */
export class PurgeRates {
  readonly #requests: Bucket;
  readonly #everything: Bucket;

  constructor(settings: Settings) {
    this.#requests = new Bucket(1_000 / settings.purgesPerSitePerSecondMax, settings.purgesPerSiteBurst);
    this.#everything = new Bucket(MINUTE_MS / settings.purgeAllPerMinuteMax, settings.purgeAllPerMinuteMax);
  }

  /** One more purge of a site: whole seconds until it may come, or 0 when it may, which then counts. */
  take(site: string, what: "everything" | "some", nowMs: number): number {
    const waitMs = this.#requests.take(site, nowMs) || (what === "everything" ? this.#everything.take(site, nowMs) : 0);
    return Math.ceil(waitMs / 1_000);
  }
}
