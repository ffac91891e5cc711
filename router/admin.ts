/** The admin listener of a router: alive, ready, status, and why an address is sent where it is sent. */
import type { FieldLine } from "../core/http/fields.ts";
import { formatAddress, parseAddress } from "../core/net/address.ts";
import type { Handler } from "../core/ports.ts";
import { route } from "./route.ts";
import type { Router } from "./router.ts";

/** What the admin listener shows. */
export interface RouterAdminView<B> {
  readonly router: Router<B>;
  readonly startedAtMs: number;
  readonly version: string;
  requests(): number;
  ready(): boolean;
}

/** Answers `/livez`, `/readyz`, `/status.json` and `/v1/route?ip=`. */
export function routerAdminHandler<B>(view: RouterAdminView<B>): Handler<B> {
  return ({ head }) => {
    const [path = "", query = ""] = head.target.split("?", 2);
    const reading = head.method === "GET" || head.method === "HEAD";
    const { status, value } = (reading ? pageOf(view, path, query) : undefined) ?? { status: 404, value: "not found" };
    const text = typeof value === "string" ? `${value}\n` : `${JSON.stringify(value)}\n`;
    const fields: FieldLine[] = [
      ["content-type", typeof value === "string" ? "text/plain; charset=utf-8" : "application/json"],
      ["cache-control", "no-store"],
    ];
    const body = head.method === "HEAD" ? undefined : view.router.bodies.fromText(text);
    return { head: { status, fields }, body, sent: () => {} };
  };
}

interface Page {
  readonly status: number;
  readonly value: unknown;
}

function pageOf<B>(view: RouterAdminView<B>, path: string, query: string): Page | undefined {
  switch (path) {
    case "/livez":
      return { status: 200, value: "alive" };
    case "/readyz":
      return view.ready() ? { status: 200, value: "ready" } : { status: 503, value: "draining" };
    case "/status.json":
      return { status: 200, value: statusOf(view) };
    case "/v1/route":
      return explain(view.router, query);
    default:
      return undefined;
  }
}

function statusOf<B>({ router, startedAtMs, version, requests, ready }: RouterAdminView<B>) {
  const edges = router.edges.map(({ id }) => ({ id, health: router.watch.stateOf(id) }));
  const { id, mode } = router;
  return { id, role: "router", version, mode, ready: ready(), upSinceMs: startedAtMs, requests: requests(), edges };
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
