/** A page that measures, against a real router: what it is told to time, and what its report changes. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import { parseCidr } from "../core/net/address.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { NodeUpstream } from "../runtime/node/upstream.ts";
import type { ClientSample } from "./decider.ts";
import { startRouter } from "./node.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** The client's place says that `near` is near; its round trips say otherwise. */
async function routerWithEdges() {
  const server = createServer((_, response) => response.end("edge\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => server.close());
  const { port } = server.address() as AddressInfo;
  const edge = (id: string, at: readonly [number, number]) => ({
    ...{ id, at, redirectBase: `https://${id}.example.net` },
    target: { scheme: "http", host: "127.0.0.1", port } as const,
  });
  const upstream = new NodeUpstream();
  closing.push(() => upstream.destroy());
  const told: ClientSample[] = [];
  const router = await startRouter({
    ...{ id: "router", version: "test", http: LOOPBACK, admin: LOOPBACK, mode: "proxy", upstream, realDelays: false },
    edges: [edge("near", [50, 8]), edge("far", [40, -74])],
    geo: { locate: () => ({ at: [50, 8], country: "DE", areaKm: 5 }) },
    limits: { retriesMax: 1, connectMs: 500, firstByteMs: 2_000, betweenBytesMs: 2_000, hopsMax: 8 },
    watchLimits: { probeIntervalMs: 50, probeTimeoutMs: 500, confirmAfterMs: 50 },
    healthRules: EDGE_HEALTH_RULES,
    latencyRules: { ...LATENCY_RULES, prefixesMax: 100 },
    beacon: { pagePercent: 5, edgesMax: 4, reportsPerSecondMax: 3 },
    trustedProxies: [parseCidr("127.0.0.0/8")].flatMap((range) => range ?? []),
    onSample: (sample) => told.push(sample),
    onRecord: () => {},
    onHealthChange: () => {},
    onError: () => {},
  });
  closing.push(() => router.drain(0));
  const base = `http://127.0.0.1:${router.http.port}/.antipode`;
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(base + path, { ...init, headers: { "x-forwarded-for": "192.0.2.7", ...init.headers } });
  const route = async (ip: string) => {
    const answer = await fetch(`http://127.0.0.1:${router.admin?.port}/v1/route?ip=${ip}`);
    return (await answer.json()) as { choice: string };
  };
  const planned = async () => {
    const { edges } = (await (await ask("/rtt")).json()) as { edges: { id: string }[] };
    return edges.map(({ id }) => id);
  };
  await expect.poll(async () => (await planned()).length).toBe(2);
  return { ask, route, planned, told };
}

test("a page's report brings its prefix to the edge that is nearest for it, and is passed on", async () => {
  const { ask, route, planned, told } = await routerWithEdges();
  expect(await planned()).toEqual(["near", "far"]);
  expect((await route("192.0.2.9")).choice).toBe("near");
  const script = await ask("/beacon.js");
  expect([script.status, script.headers.get("cache-control")]).toEqual([200, "public, max-age=3600"]);
  const report = await ask("/rtt?near=180&far=20.5&unknown=1", { method: "POST", body: "ignored" });
  expect(report.status).toBe(204);
  expect((await route("192.0.2.9")).choice).toBe("far");
  expect(told.map(({ edge, rttMs, kind, clientAddress }) => [edge, rttMs, kind, clientAddress])).toEqual([
    ["near", 180, "beacon", "192.0.2.7"],
    ["far", 20.5, "beacon", "192.0.2.7"],
  ]);
});

test("a page of another site changes nothing, and too many reports are refused", async () => {
  const { ask, route } = await routerWithEdges();
  const forged = await ask("/rtt?near=180&far=20", { method: "POST", headers: { "sec-fetch-site": "cross-site" } });
  expect(forged.status).toBe(403);
  expect((await route("192.0.2.9")).choice).toBe("near");
  const statuses: number[] = [];
  for (let count = 0; count < 10; count += 1) statuses.push((await ask("/rtt?near=9", { method: "POST" })).status);
  expect(statuses).toContain(429);
  expect((await ask("/rtt", { method: "PUT" })).status).toBe(405);
});
