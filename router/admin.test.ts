/** The router's admin listener. */

import { describe, expect, it } from "vitest";
import { Cancellation } from "../core/cancellation.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import { RequestMetrics } from "../core/metrics/request-metrics.ts";
import { clientAddress } from "../core/net/client-address.ts";
import type { UpstreamResult } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { routerAdminHandler } from "./admin.ts";
import { Decider } from "./decider.ts";
import type { Router } from "./router.ts";
import { Watch } from "./watch.ts";

const target = { scheme: "http", host: "192.0.2.1", port: 80 } as const;
const edges = [
  { id: "nyc", at: [40.7, -74] as const, target, redirectBase: undefined },
  { id: "fra", at: [50.1, 8.7] as const, target, redirectBase: undefined },
];

const RECORD: RequestRecord = {
  ...{ atMs: 0, node: "router", role: "router", site: undefined, outcome: "proxied", forward: undefined },
  ...{ method: "GET", authority: "a", target: "/", status: 200, bodyBytes: 0, complete: true, edge: "nyc" },
  ...{ clientAddress: "192.0.2.1", headMs: 0, totalMs: 0 },
};

function admin({ ready = true } = {}) {
  const clock = new VirtualClock();
  const upstream = {
    fetch: async (): Promise<UpstreamResult<ByteBody>> => ({ kind: "failure", failure: "refused", detail: "" }),
  };
  const limits = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };
  const watch = new Watch<ByteBody>({
    ...{ clock, upstream, bodies: byteBodies, limits, edges, rules: EDGE_HEALTH_RULES },
    onChange: () => {},
  });
  const place = { at: [48, 2], country: "FR", areaKm: 5 } as const;
  const decider = new Decider({
    ...{ mode: "proxy", edges, health: watch.health, nowMs: clock.nowMs(), choiceRules: CHOICE_RULES },
    latencyRules: { ...LATENCY_RULES, prefixesMax: 100 },
    geo: { locate: (ip) => (ip === "2001:db8::1" ? place : undefined) },
  });
  const router: Router<ByteBody> = {
    ...{ id: "router", mode: "proxy", clock, bodies: byteBodies, upstream, edges, decider, watch, realDelays: false },
    limits: { retriesMax: 2, connectMs: 1, firstByteMs: 1, betweenBytesMs: 1, hopsMax: 8 },
    clientOf: (peer, request) => clientAddress(peer, request.fields, []),
    record: () => {},
  };
  const metrics = new RequestMetrics();
  for (let count = 0; count < 7; count += 1) metrics.add(RECORD);
  const handler = routerAdminHandler<ByteBody>({
    ...{ router, startedAtMs: 0, version: "1", metrics },
    ready: () => ready,
  });
  const get = async (path: string, method = "GET") => {
    const { head, body } = await handler({
      head: { method, scheme: "http", authority: "localhost", target: path, fields: [] },
      ...{ body: undefined, peerAddress: "127.0.0.1", receivedAtMs: 0, interim: () => {} },
      cancellation: new Cancellation(),
    });
    return { status: head.status, text: body === undefined ? "" : Buffer.from(await text(body)).toString() };
  };
  return { watch, get };
}

async function text(body: ByteBody): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

describe("the admin listener", () => {
  it("shows in /metrics what was routed, and each edge in exactly one state", async () => {
    const { watch, get } = admin();
    watch.report("fra", "refused");
    watch.report("fra", "refused");
    const { text: page } = await get("/metrics");
    expect(page).toContain('antipode_requests_total{node="router",site="none",outcome="proxied"} 7\n');
    expect(page).toContain('antipode_edge_health{node="router",edge="fra",state="down"} 1\n');
    expect(page).toContain('antipode_edge_health{node="router",edge="fra",state="up"} 0\n');
    expect(page).toContain('antipode_edge_health{node="router",edge="nyc",state="unknown"} 1\n');
    expect(page.match(/antipode_edge_health\{.* 1$/gm)).toHaveLength(2);
  });

  it("says why an address is sent where it is sent, every edge with its verdict", async () => {
    const { watch, get } = admin();
    watch.report("fra", "refused");
    watch.report("fra", "refused");
    const { status, text: json } = await get("/v1/route?ip=2001:DB8:0::1");
    expect(status).toBe(200);
    expect(JSON.parse(json)).toMatchObject({
      ip: "2001:db8::1",
      place: { country: "FR" },
      choice: "nyc",
      panic: false,
      candidates: [
        { edge: "nyc", health: "unknown", verdict: "chosen", source: "great-circle" },
        { edge: "fra", health: "down", verdict: "down" },
      ],
    });
  });

  it("shows in /metrics how often edges changed, what decided, and that it is not blind", async () => {
    const { watch, get } = admin();
    for (const result of ["refused", "refused"] as const) watch.report("fra", result);
    const { text: page } = await get("/metrics");
    expect(page).toContain('antipode_edge_health_changes_total{node="router",edge="fra",state="down"} 1\n');
    expect(page).toContain('antipode_route_choices_total{node="router",choice="near-tie"} 0\n');
    expect(page).toContain('antipode_router_blind{node="router"} 0\n');
  });

  it("takes a host, and says what is wrong with one that is none", async () => {
    const { get } = admin();
    expect(JSON.parse((await get("/v1/route?ip=192.0.2.1&host=WWW.example.com")).text)).toMatchObject({ blind: false });
    for (const host of ["a%20b", "%ff"]) {
      const { status, text: json } = await get(`/v1/route?ip=192.0.2.1&host=${host}`);
      expect([status, JSON.parse(json).title]).toEqual([400, "host is not a host name"]);
    }
  });

  it("takes colons that came encoded, and tells a client who asks for nothing what to ask", async () => {
    const { get } = admin();
    expect(JSON.parse((await get("/v1/route?x=1&ip=2001%3Adb8%3a%3A1")).text).choice).toBe("fra");
    for (const query of ["", "?ip=", "?ip=127.1", "?ip=<script>"]) {
      const { status, text: json } = await get(`/v1/route${query}`);
      expect([status, json.includes("script")]).toEqual([400, false]);
    }
  });

  it("is alive always and ready until it drains", async () => {
    expect((await admin().get("/livez")).status).toBe(200);
    expect((await admin().get("/readyz")).status).toBe(200);
    const draining = admin({ ready: false });
    expect([(await draining.get("/livez")).status, (await draining.get("/readyz")).status]).toEqual([200, 503]);
  });

  it("shows what it thinks of its edges", async () => {
    expect(JSON.parse((await admin().get("/status.json")).text)).toMatchObject({
      role: "router",
      requests: 7,
      edges: [
        { id: "nyc", health: "unknown" },
        { id: "fra", health: "unknown" },
      ],
    });
  });

  it("has nothing else, takes no writes, and sends no body to HEAD", async () => {
    const { get } = admin();
    expect((await get("/v1/other")).status).toBe(404);
    expect((await get("/livez", "POST")).status).toBe(404);
    expect(await get("/livez", "HEAD")).toEqual({ status: 200, text: "" });
  });
});
