/** Connections to upstreams: one keep-alive pool per target, bounded, TLS verified, addresses filtered. */
import { Client, Pool } from "undici";
import { RESPONSE_LIMITS, type ResponseLimits } from "../../core/http/guard-response.ts";
import type { UpstreamTls } from "../../core/ports.ts";
import { type ConnectOptions, connector, type Route } from "./connect.ts";

/** Bounds of the pools. */
export const POOL_LIMITS = {
  connectionsPerTarget: 1_024,
  /** Requests that wait for a connection of one target, and how long. */
  queuedPerTarget: 4_096,
  queueWaitMs: 10_000,
  targets: 1_024,
  keepAliveMs: 4_000,
  keepAliveMaxMs: 60_000,
} as const;

/** What an owner of pools may set. */
export interface PoolOptions extends ConnectOptions {
  /** Sizes of a response's head; the start values when absent. */
  readonly responseLimits?: ResponseLimits;
  /** Connections to one target; 1,024 unless given. A caller with bounds of its own sets more. */
  readonly connectionsPerTarget?: number;
  /** How long an idle connection is kept; 4 s unless given. */
  readonly idleConnectionMs?: number;
}

/** A pool and how many exchanges it carries. */
export interface PooledTarget {
  readonly pool: Pool;
  inFlight: number;
}

/** The pools of one process. */
export class UpstreamPools {
  readonly #options: PoolOptions;
  readonly #targets = new Map<string, PooledTarget>();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** The pool of a route, made when it is first needed. */
  of(route: Route, origin: string): PooledTarget {
    const key = routeKey(route, origin);
    const known = this.#targets.get(key);
    if (known !== undefined) return known;
    if (this.#targets.size >= POOL_LIMITS.targets) this.#closeOldestIdle();
    const pool = new Pool(origin, {
      ...clientOptions(route, this.#options),
      connections: this.#options.connectionsPerTarget ?? POOL_LIMITS.connectionsPerTarget,
    });
    const target: PooledTarget = { pool, inFlight: 0 };
    this.#targets.set(key, target);
    return target;
  }

  /** A connection for one exchange only, surely not an old one. */
  fresh(route: Route, origin: string): Client {
    return new Client(origin, clientOptions(route, this.#options));
  }

  async destroy(): Promise<void> {
    const pools = [...this.#targets.values()];
    this.#targets.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  #closeOldestIdle(): void {
    for (const [key, target] of this.#targets) {
      if (target.inFlight > 0) continue;
      this.#targets.delete(key);
      void target.pool.close();
      return;
    }
  }
}

function clientOptions(route: Route, options: PoolOptions): Client.Options {
  return {
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: options.idleConnectionMs ?? POOL_LIMITS.keepAliveMs,
    keepAliveMaxTimeout: POOL_LIMITS.keepAliveMaxMs,
    maxHeaderSize: (options.responseLimits ?? RESPONSE_LIMITS).headBytes,
    strictContentLength: true,
    connect: connector(route, options),
  };
}

/** Requests with the same key may share connections. */
export function routeKey({ allowPrivate, connectMs, tls }: Route, origin: string): string {
  return `${origin} ${allowPrivate} ${connectMs} ${tls === undefined ? "" : tlsKey(tls)}`;
}

function tlsKey({ serverName, authoritiesFile, certificateFile, keyFile }: UpstreamTls): string {
  return JSON.stringify([serverName, authoritiesFile, certificateFile, keyFile]);
}
