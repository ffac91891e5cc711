/** Control's HTTP side: the status page and the same as JSON, and where there is a ledger its API. */
import { Hono } from "hono";
import { METRICS_TYPE, metricsText, type Sample, sample, stateSamples } from "../core/metrics/metrics-text.ts";
import type { Clock } from "../core/ports.ts";
import { type ApiParts, addApi } from "./api.ts";
import { type AskRouter, routeAnswer } from "./api-route.ts";
import type { NodeHealth, NodeWatch } from "./node-watch.ts";
import { hitRatio, REFRESH_SECONDS, statusPage } from "./status-page.ts";
import { STATUS_STYLE } from "./status-style.ts";

const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/** Makes the app. `allowsHost` guards against names that a stranger's page made point to this machine. */
export function controlApp(options: {
  readonly watch: NodeWatch;
  readonly clock: Clock;
  readonly allowsHost: (host: string) => boolean;
  readonly version: string;
  readonly askRouter: AskRouter;
  /** What the process knows of itself. */
  readonly processSamples: () => readonly Sample[];
  /** Absent: no ledger, and what the watch sees is at `/v1/edges`. */
  readonly api?: ApiParts;
}): Hono {
  const { watch, clock } = options;
  const app = new Hono();
  app.use(async (context, next) => {
    if (!options.allowsHost(context.req.header("host") ?? "")) {
      return context.text("This name is not served here.\n", 421, { "Cache-Control": "no-store" });
    }
    await next();
    context.header("Content-Security-Policy", POLICY);
    context.header("X-Content-Type-Options", "nosniff");
    context.header("Referrer-Policy", "no-referrer");
    context.header("Cache-Control", "no-store");
    return undefined;
  });
  app.get("/", (context) => {
    context.header("Refresh", String(REFRESH_SECONDS));
    return context.html(statusPage({ states: watch.states, changes: watch.changes, nowMs: clock.nowMs() }));
  });
  app.get("/status.css", (context) => context.body(STATUS_STYLE, 200, { "Content-Type": "text/css; charset=utf-8" }));
  app.get("/favicon.ico", (context) => context.body(null, 204));
  app.get("/livez", (context) => context.text("alive\n"));
  app.get("/readyz", (context) => context.text("ready\n"));
  app.get("/metrics", (context) =>
    context.body(metricsText("control", samplesOf(watch, options)), 200, {
      "Content-Type": `${METRICS_TYPE}; charset=utf-8`,
    }),
  );
  if (options.api === undefined) {
    app.get("/v1/edges", (context) => context.json(edgesView(watch)));
    app.get("/v1/route", (context) => routeAnswer(options.askRouter, context.req.url));
  } else addApi(app, options.api);
  app.notFound((context) => context.text("There is nothing here; the status page is at /\n", 404));
  return app;
}

const NODE_STATES: readonly NodeHealth[] = ["up", "draining", "down", "unknown"];

function samplesOf(
  watch: NodeWatch,
  { version, processSamples }: { readonly version: string; readonly processSamples: () => readonly Sample[] },
): Sample[] {
  return [
    ...watch.states.flatMap(({ node, health }) =>
      stateSamples("antipode_watched_node_health", { target: node.id }, NODE_STATES, health),
    ),
    sample("antipode_ready", 1),
    { metric: "antipode_build_info", labels: { version, role: "control" }, value: 1 },
    ...processSamples(),
  ];
}

function edgesView(watch: NodeWatch) {
  const nodes = watch.states.map(({ node, health, healthSinceMs, figures, routerSays }) => ({
    id: node.id,
    role: node.role,
    place: node.place,
    at: node.at,
    address: node.address,
    health,
    healthSinceMs,
    routerSays,
    hitRatio: hitRatio(figures),
    ...figures,
  }));
  return {
    edges: nodes.filter((node) => node.role === "edge"),
    routers: nodes.filter((node) => node.role === "router"),
    changes: watch.changes,
  };
}
