/** A router on Node: the decision, its adapters, its two listeners. */
import type { HealthRules, HealthState } from "../core/health/health.ts";
import type { Cidr } from "../core/net/address.ts";
import { clientAddress } from "../core/net/client-address.ts";
import type { RequestRecord } from "../core/record.ts";
import type { GeoProvider } from "../core/route/geo.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { type HostPort, listenBoth } from "../runtime/node/listen-both.ts";
import { refusalRecord } from "../runtime/node/refusal-record.ts";
import { NodeUpstream } from "../runtime/node/upstream.ts";
import { routerAdminHandler } from "./admin.ts";
import type { Router, RouterEdge, RouterLimits, RouterMode } from "./router.ts";
import { serveRouter } from "./serve.ts";
import { Watch, type WatchLimits } from "./watch.ts";

/** What a router is started with. */
export interface RouterOptions {
  readonly id: string;
  readonly version: string;
  readonly http: HostPort;
  readonly admin: HostPort | undefined;
  readonly mode: RouterMode;
  readonly edges: readonly RouterEdge[];
  readonly geo: GeoProvider;
  readonly limits: RouterLimits;
  readonly watchLimits: WatchLimits;
  readonly healthRules: HealthRules;
  readonly trustedProxies: readonly Cidr[];
  readonly realDelays: boolean;
  onRecord(record: RequestRecord): void;
  onHealthChange(edge: string, before: HealthState, after: HealthState): void;
  onError(error: unknown): void;
}

/** A running router. */
export interface RunningRouter {
  readonly http: HostPort;
  readonly admin: HostPort | undefined;
  drain(graceMs: number): Promise<void>;
}

/** Starts a router. Rejects with a `ListenError` when it cannot listen. */
export async function startRouter(options: RouterOptions): Promise<RunningRouter> {
  const upstream = new NodeUpstream();
  const { edges, id, mode, geo, limits, realDelays, onError } = options;
  const watch = new Watch<ByteBody>({
    clock: systemClock,
    upstream,
    bodies: byteBodies,
    limits: options.watchLimits,
    rules: options.healthRules,
    edges,
    onChange: options.onHealthChange,
  });
  let requests = 0;
  let draining = false;
  const record = (made: RequestRecord): void => {
    if (made.outcome !== "reserved-path") requests += 1;
    options.onRecord(made);
  };
  const router: Router<ByteBody> = {
    ...{ id, mode, geo, edges, limits, realDelays, upstream, watch, record },
    clock: systemClock,
    bodies: byteBodies,
    clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, options.trustedProxies),
  };
  const view = { router, startedAtMs: systemClock.nowMs(), version: options.version };
  const listeners = await listenBoth(
    {
      ...options.http,
      handler: (incoming) => serveRouter(router, incoming),
      onError,
      onRefused: refusalRecord(id, "router", record),
    },
    options.admin && {
      ...options.admin,
      handler: routerAdminHandler({ ...view, requests: () => requests, ready: () => !draining }),
      onError,
    },
  );
  watch.start();
  return {
    http: listeners.main.address,
    admin: listeners.admin?.address,
    drain: async (graceMs) => {
      draining = true;
      watch.stop();
      await listeners.close(graceMs);
      await upstream.destroy();
    },
  };
}
