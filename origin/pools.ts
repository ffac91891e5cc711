/** The pools of all sites of an edge. */
import type { Clock } from "../core/ports.ts";
import { Pool, type PoolLimits, type PoolPolicy } from "./pool.ts";

/** A site as far as its pool is concerned. */
export interface PooledSite extends PoolPolicy {
  readonly name: string;
}

/** One pool a site, made when it is first needed. As many as there are sites in the config. */
export class Pools<Site extends PooledSite = PooledSite> {
  readonly #limits: PoolLimits;
  readonly #clock: Clock;
  readonly #pools = new Map<string, { readonly pool: Pool; site: Site }>();

  constructor(limits: PoolLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** The pool of a site, as the site is now. */
  of(site: Site): Pool {
    const known = this.#pools.get(site.name);
    if (known === undefined) {
      const pool = new Pool(site, this.#limits, this.#clock);
      this.#pools.set(site.name, { pool, site });
      return pool;
    }
    if (known.site !== site) {
      known.site = site;
      known.pool.adopt(site);
    }
    return known.pool;
  }

  /** Pools with the same limits that know nothing yet. */
  fresh(): Pools<Site> {
    return new Pools(this.#limits, this.#clock);
  }

  /** Forgets a site that is no longer served. */
  remove(siteName: string): void {
    this.#pools.delete(siteName);
  }

  /** Every pool that was needed so far. */
  entries(): readonly { readonly pool: Pool; readonly site: Site }[] {
    return [...this.#pools.values()];
  }
}
