/** The admin listener of an edge: alive, ready, metrics, status. Never on the public listener. */
import type { FieldLine } from "../core/http/fields.ts";
import type { Handler, Reply } from "../core/ports.ts";
import type { Counters } from "./counters.ts";
import type { Edge } from "./edge.ts";

/** What the admin listener shows. */
export interface AdminView<B> {
  readonly edge: Edge<B>;
  readonly counters: Counters;
  readonly startedAtMs: number;
  readonly version: string;
  /** False while draining: routers and load balancers send nobody new. */
  ready(): boolean;
}

/** Answers `/livez`, `/readyz`, `/metrics` and `/status.json`. */
export function adminHandler<B>(view: AdminView<B>): Handler<B> {
  return (incoming) => {
    const { method, target } = incoming.head;
    const page = method === "GET" || method === "HEAD" ? pageOf(view, target.split("?", 1)[0] ?? "") : undefined;
    const { status, type, text } = page ?? { status: 404, type: "text/plain", text: "not found\n" };
    const fields: FieldLine[] = [
      ["content-type", `${type}; charset=utf-8`],
      ["content-length", `${text.length}`],
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
      return view.ready()
        ? { status: 200, type: "text/plain", text: "ready\n" }
        : { status: 503, type: "text/plain", text: "draining\n" };
    case "/metrics":
      return {
        status: 200,
        type: "text/plain; version=0.0.4",
        text: view.counters.metrics(view.edge.id) + gauges(view),
      };
    case "/status.json":
      return { status: 200, type: "application/json", text: `${JSON.stringify(statusOf(view))}\n` };
    default:
      return undefined;
  }
}

function statusOf<B>(view: AdminView<B>) {
  const { edge, counters, startedAtMs, version } = view;
  return {
    id: edge.id,
    role: "edge",
    version,
    ready: view.ready(),
    upSinceMs: startedAtMs,
    ...counters.snapshot(),
    ...edge.store.usage(),
    flights: edge.flights.size,
  };
}

function gauges<B>({ edge }: AdminView<B>): string {
  const { entries, bytes, maxBytes } = edge.store.usage();
  const gauge = (name: string, help: string, value: number): string =>
    `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}{node="${edge.id}"} ${value}\n`;
  return (
    gauge("antipode_store_entries", "Stored responses in memory.", entries) +
    gauge("antipode_store_bytes", "Bytes they take.", bytes) +
    gauge("antipode_store_max_bytes", "Bytes they may take.", maxBytes) +
    gauge("antipode_flights", "Fetches under way that others may join.", edge.flights.size)
  );
}
