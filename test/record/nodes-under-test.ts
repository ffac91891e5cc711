/** Real nodes on free ports, whose records and metrics can be read. */
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { defaultSettings } from "../../core/config/settings.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import type { RequestRecord } from "../../core/record.ts";
import { LATENCY_RULES } from "../../core/route/latency-model.ts";
import { startEdge } from "../../edge/node.ts";
import { singleSite } from "../../edge/single-site.ts";
import { poolLimits } from "../../origin/pool-limits.ts";
import { startRouter } from "../../router/node.ts";
import { NodeUpstream } from "../../runtime/node/upstream.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 } as const;

/** What tests ask of a node. */
export interface NodeUnderTest {
  readonly port: number;
  readonly records: readonly RequestRecord[];
  /** Sends bytes; everything received until the node closes. */
  send(bytes: string): Promise<string>;
  /** Waits for so many records. */
  recorded(count: number): Promise<void>;
  /** The value of one series of /metrics. */
  metric(series: string): Promise<number | undefined>;
  close(): Promise<void>;
}

/** An edge before a small origin; a request for /fails makes it fail. */
export async function edgeOnSockets(): Promise<NodeUnderTest> {
  const origin = createServer((request, response) => {
    request.resume().on("end", () => response.setHeader("cache-control", "max-age=60").end("origin"));
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const { port } = origin.address() as AddressInfo;
  const made = singleSite({ originUrl: `http://127.0.0.1:${port}`, profile: "safe", appliedAtMs: 0 });
  if (!("site" in made)) throw new Error("the site does not compile");
  const { site } = made;
  const failing: typeof site = {
    ...site,
    rulesFor: (request) => {
      if (request.target === "/fails") throw new Error("a bug, for the test");
      return site.rulesFor(request);
    },
  };
  const records: RequestRecord[] = [];
  const upstream = new NodeUpstream();
  const edge = await startEdge({
    ...{ id: "edge", version: "test", listen: LOOPBACK, admin: LOOPBACK, memoryBytes: 16_000_000 },
    ...{ limits: defaultSettings, hitForPassKeysMax: 1_000, upstream, trustedProxies: [] },
    poolLimits: poolLimits(defaultSettings),
    listenerLimits: { headersMs: 300, silenceMs: 400, timerGranularityMs: 50 },
    findSite: () => failing,
    onRecord: (record) => records.push(record),
    onError: () => {},
  });
  return nodeUnderTest(edge.listening.port, edge.admin?.port ?? 0, records, async () => {
    await edge.drain(0);
    await upstream.destroy();
    origin.close();
  });
}

/** A router with one edge. */
export async function routerOnSockets(mode: "proxy" | "redirect", edgePort: number): Promise<NodeUnderTest> {
  const records: RequestRecord[] = [];
  const upstream = new NodeUpstream();
  const target = { scheme: "http", host: "127.0.0.1", port: edgePort } as const;
  const router = await startRouter({
    ...{ id: "router", version: "test", http: LOOPBACK, admin: LOOPBACK, mode, upstream, trustedProxies: [] },
    edges: [{ id: "nyc", at: undefined, target, redirectBase: "https://nyc.example.net" }],
    geo: { locate: () => undefined },
    limits: { retriesMax: 1, connectMs: 500, firstByteMs: 2_000, betweenBytesMs: 2_000, hopsMax: 8 },
    watchLimits: { probeIntervalMs: 60_000, probeTimeoutMs: 500, confirmAfterMs: 60_000 },
    healthRules: EDGE_HEALTH_RULES,
    latencyRules: { ...LATENCY_RULES, prefixesMax: 100 },
    realDelays: false,
    onRecord: (record) => records.push(record),
    onHealthChange: () => {},
    onError: () => {},
  });
  return nodeUnderTest(router.http.port, router.admin?.port ?? 0, records, async () => {
    await router.drain(0);
    await upstream.destroy();
  });
}

function nodeUnderTest(
  port: number,
  adminPort: number,
  allRecords: RequestRecord[],
  close: () => Promise<void>,
): NodeUnderTest {
  /** The routers' probes come when they will. */
  const users = (): RequestRecord[] => allRecords.filter(({ outcome }) => outcome !== "reserved-path");
  return {
    port,
    close,
    get records() {
      return users();
    },
    send: (bytes) => send(port, bytes),
    recorded: async (count) => {
      const deadlineMs = Date.now() + 3_000;
      while (users().length < count) {
        if (Date.now() > deadlineMs) throw new Error(`${users().length} of ${count} records came`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    metric: async (series) => {
      const page = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
      const line = page.split("\n").find((text) => text.startsWith(`${series} `));
      return line === undefined ? undefined : Number(line.slice(series.length + 1));
    },
  };
}

function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(received));
    socket.on("error", (error) => (received === "" ? reject(error) : resolve(received)));
  });
}
