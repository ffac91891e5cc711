/** The admin listener of a router: alive, ready, metrics, status, and why an address is sent where it is sent. */
import type { HealthState } from "../core/health/health.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { METRICS_TYPE, metricsText, type Sample, sample, stateSamples } from "../core/metrics/metrics-text.ts";
import type { RequestMetrics } from "../core/metrics/request-metrics.ts";
import { formatAddress, parseAddress } from "../core/net/address.ts";
import type { Handler } from "../core/ports.ts";
import { route } from "./route.ts";
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
    sample("antipode_ready", view.ready() ? 1 : 0),
    { metric: "antipode_build_info", labels: { version, role: "router" }, value: 1 },
    ...(view.processSamples?.() ?? []),
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

function explain<B>(router: Router<B>, query: string): Page {
  const value =
    query
      .split("&")
      .find((parameter) => parameter.startsWith("ip="))
      ?.slice("ip=".length) ?? "";
  const address = parseAddress(value.replaceAll(/%3a/gi, ":"));
  if (address === undefined) {
    return { status: 400, value: { title: "ip is not an address", remedy: "ask for example /v1/route?ip=192.0.2.1" } };
  }
  const ip = formatAddress(address);
  return { status: 200, value: { ip, ...route(router, ip) } };
}
