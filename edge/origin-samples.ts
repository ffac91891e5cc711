/** What is known of the origins, for metrics and for people. */
import { authorityOf } from "../core/http/location.ts";
import type { Sample } from "../core/metrics/metrics-text.ts";
import { stateOf } from "../origin/pool.ts";
import type { ServerStatus } from "../origin/pool-server.ts";
import type { Pools } from "../origin/pools.ts";
import type { EdgeSite } from "./edge.ts";

/** Every state that an origin may be shown in. */
const STATES = ["unknown", "up", "suspect", "down", "ejected", "resting"] as const;

/** Sites whose pools are shown in metrics; those beyond are served all the same. */
const SHOWN_SITES_MAX = 1000;

/** The samples of all pools that were needed so far. */
export function originSamples(pools: Pools<EdgeSite>): Sample[] {
  return pools
    .entries()
    .slice(0, SHOWN_SITES_MAX)
    .flatMap(({ site, pool }) => {
      const { servers, counts } = pool.status();
      return [...servers.flatMap((server) => serverSamples(site.name, server)), ...countSamples(site.name, counts)];
    });
}

function serverSamples(site: string, server: ServerStatus): Sample[] {
  const origin = urlOf(server.target);
  const labels = { site, origin };
  const current = stateOf(server);
  return [
    ...STATES.map(
      (state): Sample => ({
        metric: "antipode_origin_state",
        labels: { ...labels, state },
        value: state === current ? 1 : 0,
      }),
    ),
    { metric: "antipode_origin_in_flight", labels, value: server.inFlight },
    { metric: "antipode_origin_attempts_total", labels, value: server.attempts },
    { metric: "antipode_origin_failures_total", labels, value: server.failures },
  ];
}

type Counts = ReturnType<ReturnType<Pools<EdgeSite>["of"]>["status"]>["counts"];

function countSamples(site: string, counts: Counts): Sample[] {
  const labels = { site };
  return [
    { metric: "antipode_origin_waiting", labels, value: counts.waiting },
    { metric: "antipode_origin_retries_total", labels, value: counts.retries },
    { metric: "antipode_origin_retries_refused_total", labels, value: counts.retriesRefused },
    { metric: "antipode_origin_turned_away_total", labels: { ...labels, reason: "busy" }, value: counts.busy },
    {
      metric: "antipode_origin_turned_away_total",
      labels: { ...labels, reason: "unavailable" },
      value: counts.unavailable,
    },
  ];
}

/** The pools as `status.json` shows them. */
export function originStatus(pools: Pools<EdgeSite>) {
  return pools
    .entries()
    .slice(0, SHOWN_SITES_MAX)
    .map(({ site, pool }) => {
      const { servers, counts } = pool.status();
      return {
        site: site.name,
        ...counts,
        servers: servers.map(({ target, ...server }) => ({
          url: urlOf(target),
          state: stateOf({ target, ...server }),
          ...server,
        })),
      };
    });
}

function urlOf(target: ServerStatus["target"]): string {
  return `${target.scheme}://${authorityOf(target)}`;
}
