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

/** Checks each server of each site, from `start` to `stop`. One check of a server at a time. */
export class HealthChecks<B, Site extends CheckedSite> {
  readonly #options: HealthCheckOptions<B, Site>;
  #round = 0;
  #callOffs = new Set<() => void>();

  constructor(options: HealthCheckOptions<B, Site>) {
    this.#options = options;
  }

  /** Begins to check these sites, and leaves those of before. */
  start(sites: Iterable<Site>): void {
    this.stop();
    for (const site of sites) {
      const { healthCheck } = site;
      if (healthCheck === undefined) continue;
      for (const server of this.#options.pools.of(site).servers) void this.#check(site, healthCheck, server.target);
    }
  }

  stop(): void {
    this.#round += 1;
    for (const callOff of this.#callOffs) callOff();
    this.#callOffs.clear();
  }

  async #check(site: Site, check: HealthCheckPolicy, target: Target): Promise<void> {
    const round = this.#round;
    const result = await this.#ask(site, check, target);
    if (round !== this.#round) return;
    const pool = this.#options.pools.of(site);
    const server = pool.servers.find((one) => one.target === target);
    if (server !== undefined) pool.checked(server, result);
    const { clock } = this.#options;
    // A tenth sooner or later, so that edges do not check in step.
    const delayMs = check.intervalMs * (0.9 + 0.2 * clock.random());
    this.#later(delayMs, () => void this.#check(site, check, target));
  }

  #later(delayMs: number, action: () => void): () => void {
    const stop = this.#options.clock.after(delayMs, () => {
      this.#callOffs.delete(stop);
      action();
    });
    this.#callOffs.add(stop);
    return () => {
      this.#callOffs.delete(stop);
      stop();
    };
  }

  async #ask(site: Site, check: HealthCheckPolicy, to: Target): Promise<ProbeResult> {
    const { upstream, bodies, readText, clock, hashing } = this.#options;
    const { timeoutMs } = check;
    const cancellation = new Cancellation();
    const giveUp = this.#later(timeoutMs, () => cancellation.cancel());
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
