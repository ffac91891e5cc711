/** Active checks of the origins of sites that ask for them, through the same upstream as requests, filter included. */
import { Cancellation } from "../core/cancellation.ts";
import type { AccessPolicy, HealthCheckPolicy } from "../core/config/policy.ts";
import type { ProbeResult } from "../core/health/health.ts";
import type { Fields } from "../core/http/fields.ts";
import { authorityOf } from "../core/http/location.ts";
import type { Bodies, Clock, Hashing, Target, Upstream, UpstreamTls } from "../core/ports.ts";
import { withAccess } from "./access.ts";
import type { PooledSite, Pools } from "./pools.ts";

/** What of a body is searched for the expected text. */
export const CHECKED_BODY_MAX_BYTES = 65_536;

/** A site as far as its checks are concerned. */
export interface CheckedSite extends PooledSite, AccessPolicy {
  readonly healthCheck: HealthCheckPolicy | undefined;
  readonly hostHeader: string | undefined;
  readonly allowPrivate: boolean;
  readonly tls: UpstreamTls | undefined;
  readonly http2: boolean;
}

/** What checks need. */
export interface HealthCheckOptions<B, Site extends CheckedSite> {
  readonly clock: Clock;
  readonly upstream: Upstream<B>;
  readonly bodies: Bodies<B>;
  readonly hashing: Hashing;
  readonly pools: Pools<Site>;
  /** The beginning of a body as text; rejects when it breaks. */
  readText(body: B | undefined, maxBytes: number): Promise<string>;
}

/** Checks each server of each site, as long as the site is among those that were given last. One check of a server at a time. */
export class HealthChecks<B, Site extends CheckedSite> {
  readonly #options: HealthCheckOptions<B, Site>;
  /** What to call off, for each site that is checked. */
  readonly #runs = new Map<Site, Set<() => void>>();

  constructor(options: HealthCheckOptions<B, Site>) {
    this.#options = options;
  }

  /** Checks these sites from now on, and no others; those that were checked before go on undisturbed. */
  start(sites: Iterable<Site>): void {
    const wanted = new Set([...sites].filter(({ healthCheck }) => healthCheck !== undefined));
    for (const site of this.#runs.keys()) if (!wanted.has(site)) this.#end(site);
    for (const site of wanted) {
      const { healthCheck } = site;
      if (healthCheck === undefined || this.#runs.has(site)) continue;
      this.#runs.set(site, new Set());
      for (const server of this.#options.pools.of(site).servers) void this.#check(site, healthCheck, server.target);
    }
  }

  stop(): void {
    for (const site of this.#runs.keys()) this.#end(site);
  }

  #end(site: Site): void {
    for (const callOff of this.#runs.get(site) ?? []) callOff();
    this.#runs.delete(site);
  }

  async #check(site: Site, check: HealthCheckPolicy, target: Target): Promise<void> {
    const run = this.#runs.get(site);
    const result = await this.#ask(site, check, target);
    if (run === undefined || run !== this.#runs.get(site)) return;
    const pool = this.#options.pools.of(site);
    const server = pool.servers.find((one) => one.target === target);
    if (server !== undefined) pool.checked(server, result);
    const { clock } = this.#options;
    // A tenth sooner or later, so that edges do not check in step.
    const delayMs = check.intervalMs * (0.9 + 0.2 * clock.random());
    this.#later(site, delayMs, () => void this.#check(site, check, target));
  }

  #later(site: Site, delayMs: number, action: () => void): () => void {
    const run = this.#runs.get(site);
    const stop = this.#options.clock.after(delayMs, () => {
      run?.delete(stop);
      action();
    });
    run?.add(stop);
    return () => {
      run?.delete(stop);
      stop();
    };
  }

  async #ask(site: Site, check: HealthCheckPolicy, to: Target): Promise<ProbeResult> {
    const { upstream, bodies, readText, clock, hashing } = this.#options;
    const { timeoutMs } = check;
    const cancellation = new Cancellation();
    const giveUp = this.#later(site, timeoutMs, () => cancellation.cancel());
    const fields: Fields = [
      ["host", site.hostHeader ?? authorityOf(to)],
      ["user-agent", "Antipode health check"],
      ["cache-control", "no-cache"],
    ];
    const request = { method: "GET", target: check.path, fields };
    const result = await upstream.fetch({
      to,
      ...(await withAccess(request, site, clock.nowMs(), hashing)),
      body: undefined,
      allowPrivate: site.allowPrivate,
      tls: site.tls,
      http2: site.http2,
      timeouts: { connectMs: timeoutMs, firstByteMs: timeoutMs, betweenBytesMs: timeoutMs },
      cancellation,
    });
    try {
      if (result.kind === "failure") return result.failure === "refused" ? "refused" : "failed";
      const isExpected = result.head.status === check.expectStatus;
      if (!isExpected || check.expectBody === undefined) {
        bodies.discard(result.body);
        return isExpected ? "ok" : "failed";
      }
      const text = await readText(result.body, CHECKED_BODY_MAX_BYTES);
      return text.includes(check.expectBody) ? "ok" : "failed";
    } catch {
      // The body broke or took too long: that is what a check is to find out.
      return "failed";
    } finally {
      giveUp();
    }
  }
}
