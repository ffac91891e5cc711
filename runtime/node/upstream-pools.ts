/** Connections to upstreams: one keep-alive pool per target, bounded, TLS verified, addresses filtered. */
import type { LookupAddress, LookupOptions } from "node:dns";
import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { buildConnector, Client, Pool } from "undici";
import { RESPONSE_LIMITS, type ResponseLimits } from "../../core/http/guard-response.ts";
import { isPublicAddress } from "../../core/net/address-class.ts";
import type { Target } from "../../core/ports.ts";
import { connectFailure, FailureError } from "./upstream-failure.ts";

/** Bounds of the pools. */
export const POOL_LIMITS = {
  connectionsPerTarget: 1_024,
  /** Requests that wait for a connection of one target, and how long. */
  queuedPerTarget: 4_096,
  queueWaitMs: 10_000,
  targets: 1_024,
  keepAliveMs: 15_000,
  keepAliveMaxMs: 60_000,
} as const;

/** Resolves a name as `dns.lookup` does with `all: true`. */
export type ResolveName = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/** What an owner of pools may set. */
export interface PoolOptions {
  /** Further trusted certificate authorities (PEM), beside the system's. */
  readonly trustedAuthorities?: readonly string[];
  readonly resolveName?: ResolveName;
  /** Sizes of a response's head; the start values when absent. */
  readonly responseLimits?: ResponseLimits;
  /** Connections to one target; 1,024 unless given. A caller with bounds of its own sets more. */
  readonly connectionsPerTarget?: number;
}

/** How one target is to be connected to; each combination has its own pool. */
export interface Route {
  readonly to: Target;
  readonly allowPrivate: boolean;
  readonly connectMs: number;
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
    const key = `${origin} ${route.allowPrivate} ${route.connectMs}`;
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
    keepAliveTimeout: POOL_LIMITS.keepAliveMs,
    keepAliveMaxTimeout: POOL_LIMITS.keepAliveMaxMs,
    maxHeaderSize: (options.responseLimits ?? RESPONSE_LIMITS).headBytes,
    strictContentLength: true,
    connect: connector(route, options),
  };
}

function connector(route: Route, options: PoolOptions): buildConnector.connector {
  const dial = buildConnector({
    allowH2: false,
    timeout: route.connectMs,
    autoSelectFamily: true,
    rejectUnauthorized: true,
    lookup: filteredLookup(route.allowPrivate, options.resolveName ?? systemResolve),
    ...(options.trustedAuthorities === undefined
      ? {}
      : { ca: [...getCACertificates("default"), ...options.trustedAuthorities] }),
    host: route.to.host,
    port: route.to.port,
  });
  return (request, callback) => {
    // The certificate must be the target's own, whatever Host the request carries; an address has no server name.
    const { servername: _servername, ...rest } = request;
    const named = isIP(route.to.host) === 0 ? { ...rest, servername: route.to.host } : rest;
    dial(named, (...[error, socket]) => {
      if (error !== null) {
        callback(connectFailure(error, route.to.scheme), null);
      } else if (!route.allowPrivate && !isPublicAddress(socket.remoteAddress ?? "")) {
        socket.destroy();
        callback(new FailureError("forbidden-address", `${socket.remoteAddress} is not public`), null);
      } else {
        socket.on("error", (socketError) => {
          if (socket.bytesRead > 0) errorsOfUsedConnections.add(socketError);
        });
        callback(null, socket);
      }
    });
  };
}

const errorsOfUsedConnections = new WeakSet<Error>();

/** Whether an error ended a connection that had carried an answer before: the peer may have closed it while idle. */
export function endedUsedConnection(error: Error): boolean {
  return errorsOfUsedConnections.has(error);
}

const systemResolve: ResolveName = (hostname, options, callback) => systemLookup(hostname, options, callback);

/** One resolution per connection; only addresses that may be connected to come out of it (FAULTS O02). */
function filteredLookup(allowPrivate: boolean, resolveName: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const allowed = allowPrivate ? addresses : addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        return callback(new FailureError("forbidden-address", `${hostname} has no public address`), []);
      }
      return options.all === true ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
