/** The admin listener of an edge: alive, ready, metrics, status. Never on the public listener. */
import type { FieldLine } from "../core/http/fields.ts";
import { METRICS_TYPE, metricsText, type Sample, sample } from "../core/metrics/metrics-text.ts";
import type { Handler, Reply } from "../core/ports.ts";
import type { Counters } from "./counters.ts";
import type { Edge } from "./edge.ts";
import { originSamples, originStatus } from "./origin-samples.ts";

/** What the admin listener shows. */
export interface AdminView<B> {
  readonly edge: Edge<B>;
  readonly counters: Counters;
  readonly startedAtMs: number;
  readonly version: string;
  /** Why routers and load balancers are to send nobody new: `draining`, `behind`, `no ledger yet`; undefined: it is ready. */
  notReady(): string | undefined;
  /** What the runtime knows: the process, its connections, its log. */
  processSamples?(): readonly Sample[];
  /** What `/status.json` shows besides the edge's own. */
  readonly moreStatus?: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** Answers `/livez`, `/readyz`, `/metrics` and `/status.json`. */
export function adminHandler<B>(view: AdminView<B>): Handler<B> {
  return (incoming) => {
    const { method, target } = incoming.head;
    const page = method === "GET" || method === "HEAD" ? pageOf(view, target.split("?", 1)[0] ?? "") : undefined;
    const { status, type, text } = page ?? { status: 404, type: "text/plain", text: "not found\n" };
    const fields: FieldLine[] = [
      ["content-type", `${type}; charset=utf-8`],
      ["cache-control", "no-store"],
    ];
    const body = method === "HEAD" ? undefined : view.edge.bodies.fromText(text);
    return { head: { status, fields }, body, sent: () => {} } satisfies Reply<B>;
  };
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function pageOf<B>(view: AdminView<B>, path: string): Page | undefined {
  switch (path) {
    case "/livez":
      return { status: 200, type: "text/plain", text: "alive\n" };
    case "/readyz":
      return readiness(view.notReady());
    case "/metrics":
      return {
        status: 200,
        type: METRICS_TYPE,
        text: metricsText(view.edge.id, samplesOf(view)),
      };
    case "/status.json":
      return { status: 200, type: "application/json", text: `${JSON.stringify(statusOf(view))}\n` };
    default:
      return undefined;
  }
}

function readiness(notReady: string | undefined): Page {
  const [status, text] = notReady === undefined ? [200, "ready"] : [503, notReady];
  return { status, type: "text/plain", text: `${text}\n` };
}

function statusOf<B>(view: AdminView<B>) {
  const { edge, counters, startedAtMs, version } = view;
  return {
    id: edge.id,
    role: "edge",
    version,
    ready: view.notReady() === undefined,
    upSinceMs: startedAtMs,
    ...counters.snapshot(),
    ...edge.store.usage(),
    flights: edge.flights.size,
    origins: originStatus(edge.pools),
    ...view.moreStatus?.(),
  };
}

function samplesOf<B>(view: AdminView<B>): Sample[] {
  const { edge, counters, version } = view;
  const { entries, bytes, maxBytes } = edge.store.usage();
  return [
    ...counters.samples(),
    sample("antipode_store_entries", entries),
    sample("antipode_store_bytes", bytes),
    sample("antipode_store_max_bytes", maxBytes),
    sample("antipode_flights", edge.flights.size),
    ...originSamples(edge.pools),
    sample("antipode_ready", view.notReady() === undefined ? 1 : 0),
    { metric: "antipode_build_info", labels: { version, role: "edge" }, value: 1 },
    ...(view.processSamples?.() ?? []),
  ];
}
