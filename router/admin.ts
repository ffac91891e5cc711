/** The admin listener of a router: alive, ready, metrics, status, and why an address is sent where it is sent. */
import type { HealthState } from "../core/health/health.ts";
import { normalAuthority } from "../core/http/authority.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { METRICS_TYPE, metricsText, type Sample, sample, stateSamples } from "../core/metrics/metrics-text.ts";
import type { RequestMetrics } from "../core/metrics/request-metrics.ts";
import { formatAddress, parseAddress } from "../core/net/address.ts";
import type { Handler } from "../core/ports.ts";
import type { Router } from "./router.ts";

/** What the admin listener shows. */
export interface RouterAdminView<B> {
  readonly router: Router<B>;
  readonly startedAtMs: number;
  readonly version: string;
  readonly metrics: RequestMetrics;
  ready(): boolean;
  /** What the runtime knows: the process, its connections, its log. */
  processSamples?(): readonly Sample[];
}

/** Answers `/livez`, `/readyz`, `/metrics`, `/status.json` and `/v1/route?ip=`. */
export function routerAdminHandler<B>(view: RouterAdminView<B>): Handler<B> {
  return ({ head }) => {
    const [path = "", query = ""] = head.target.split("?", 2);
    const reading = head.method === "GET" || head.method === "HEAD";
    const page = (reading ? pageOf(view, path, query) : undefined) ?? { status: 404, value: "not found\n" };
    const { status, value } = page;
    const text = typeof value === "string" ? value : `${JSON.stringify(value)}\n`;
    const plain = `${page.type ?? "text/plain"}; charset=utf-8`;
    const fields: FieldLine[] = [
      ["content-type", typeof value === "string" ? plain : "application/json"],
      ["cache-control", "no-store"],
    ];
    const body = head.method === "HEAD" ? undefined : view.router.bodies.fromText(text);
    return { head: { status, fields }, body, sent: () => {} };
  };
}

interface Page {
  readonly status: number;
  readonly value: unknown;
  readonly type?: string;
}

function pageOf<B>(view: RouterAdminView<B>, path: string, query: string): Page | undefined {
  switch (path) {
    case "/livez":
      return { status: 200, value: "alive\n" };
    case "/readyz":
      return view.ready() ? { status: 200, value: "ready\n" } : { status: 503, value: "draining\n" };
    case "/status.json":
      return { status: 200, value: statusOf(view) };
    case "/metrics":
      return { status: 200, value: metricsText(view.router.id, samplesOf(view)), type: METRICS_TYPE };
    case "/v1/route":
      return explain(view.router, query);
    default:
      return undefined;
  }
}

const EDGE_STATES: readonly HealthState[] = ["up", "suspect", "down", "unknown"];

function samplesOf<B>(view: RouterAdminView<B>): Sample[] {
  const { router, version } = view;
  return [
    ...view.metrics.samples(),
    ...router.edges.flatMap(({ id }) =>
      stateSamples("antipode_edge_health", { edge: id }, EDGE_STATES, router.watch.stateOf(id)),
    ),
    ...routingSamples(router),
    sample("antipode_ready", view.ready() ? 1 : 0),
    { metric: "antipode_build_info", labels: { version, role: "router" }, value: 1 },
    ...(view.processSamples?.() ?? []),
  ];
}

function routingSamples<B>({ decider, watch }: Router<B>): Sample[] {
  return [
    sample("antipode_router_blind", watch.health.isBlind ? 1 : 0),
    ...[...watch.changes()].map(
      ([{ edge, state }, value]): Sample => ({
        ...{ metric: "antipode_edge_health_changes_total", labels: { edge, state }, value },
      }),
    ),
    ...[...decider.reasons()].map(
      ([choice, value]): Sample => ({ metric: "antipode_route_choices_total", labels: { choice }, value }),
    ),
    ...[...decider.lessons()].map(
      ([lesson, value]): Sample => ({ metric: "antipode_route_samples_total", labels: { lesson }, value }),
    ),
  ];
}

/** The routers' own probes are no users. */
function requestsOf(metrics: RequestMetrics): number {
  let requests = 0;
  for (const counted of metrics.outcomes()) if (counted.outcome !== "reserved-path") requests += counted.requests;
  return requests;
}

function statusOf<B>({ router, startedAtMs, version, metrics, ready }: RouterAdminView<B>) {
  const edges = router.edges.map(({ id }) => ({ id, health: router.watch.stateOf(id) }));
  const { id, mode } = router;
  return {
    id,
    role: "router",
    version,
    mode,
    ready: ready(),
    upSinceMs: startedAtMs,
    requests: requestsOf(metrics),
    edges,
  };
}

const ROUTE_REMEDY = "ask for example /v1/route?ip=192.0.2.1&host=www.example.com";

function explain<B>(router: Router<B>, query: string): Page {
  const address = parseAddress(parameterOf(query, "ip") ?? "");
  if (address === undefined) return problem("ip is not an address", ROUTE_REMEDY);
  const host = parameterOf(query, "host");
  const authority = host === undefined ? "" : normalAuthority(host, "http");
  if (authority === undefined) return problem("host is not a host name", ROUTE_REMEDY);
  const ip = formatAddress(address);
  const nowMs = router.clock.nowMs();
  const decision = router.decider.explain({ clientAddress: ip, authority }, nowMs);
  const { isBlind } = router.watch.health;
  return { status: 200, value: { ip, host, router: router.id, mode: router.mode, blind: isBlind, ...decision } };
}

function problem(title: string, remedy: string): Page {
  return { status: 400, value: { title, detail: remedy, remedy } };
}

/** A parameter of a query; undefined when it is not there, empty when it is no good encoding. */
function parameterOf(query: string, name: string): string | undefined {
  const value = query
    .split("&")
    .find((parameter) => parameter.startsWith(`${name}=`))
    ?.slice(name.length + 1);
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return "";
  }
}
