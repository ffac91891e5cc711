/** A thousand slow clients of four kinds from many addresses beside ordinary ones, who must hardly notice. */
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { antipode, freePort } from "../e2e/processes.ts";
import { type SlowClient, type Slowness, slowClient } from "../hostile/slow-clients.ts";
import type { LongContext } from "../long-run.ts";

export const name = "slow-clients";
export const summary = "1,000 slow clients of four kinds: normal p99 ≤ 2 × baseline, all cut ≤ 30 s, memory bounded";

const KINDS: readonly Slowness[] = ["silent", "slow-head", "slow-body", "slow-reader"];
const SLOW_CLIENTS = 1_000;
const BASELINE_MS = 15_000;
const ATTACK_MS = 35_000;
const CUT_WITHIN_MS = 30_000;
const RSS_GROWTH_MAX_BYTES = 256 * 1_048_576;
/** Below this a quantile is the timer's, not the edge's. */
const P99_FLOOR_MS = 2;
const NORMAL_CLIENTS = 8;
const PAUSE_MS = 5;

interface Quantiles {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Ordinary clients, each with a kept connection, for a while. */
async function ordinary(port: number, forMs: number, signal: AbortSignal): Promise<Quantiles> {
  const agent = new Agent({ keepAlive: true, maxSockets: NORMAL_CLIENTS });
  const times: number[] = [];
  let failed = 0;
  const endMs = performance.now() + forMs;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs && !signal.aborted) {
      const startMs = performance.now();
      if (await fetched(port, agent)) times.push(performance.now() - startMs);
      else failed += 1;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all(Array.from({ length: NORMAL_CLIENTS }, client));
  agent.destroy();
  times.sort((a, b) => a - b);
  const quantile = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 100) / 100;
  return { requests: times.length, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

function fetched(port: number, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ port, host: "127.0.0.1", path: "/page", agent, timeout: 10_000 }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200));
      response.on("error", () => resolve(false));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}

async function residentBytes(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const bytes = Number(/^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(text)?.[1]);
  if (!Number.isFinite(bytes)) throw new Error("the edge does not tell its memory");
  return bytes;
}

/** The page, and an answer that never ends. */
function origin(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (request.url !== "/endless") {
    response.writeHead(200, { "cache-control": "max-age=600", "content-length": 1_024 });
    response.end(Buffer.alloc(1_024, "x"));
    return;
  }
  response.writeHead(200, { "cache-control": "no-store" });
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
  };
  response.on("drain", more);
  more();
}

function slowest(clients: readonly SlowClient[], kind: Slowness): number {
  return Math.round(
    Math.max(
      ...clients
        .filter((client) => client.kind === kind)
        .map((client) => client.closedAfterMs() ?? Number.POSITIVE_INFINITY),
    ),
  );
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const server = createServer(origin).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const words = ["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`];
  const edge = await antipode([...words, "--admin", `127.0.0.1:${adminPort}`], /READY/);
  const clients: SlowClient[] = [];
  try {
    await ordinary(port, 3_000, context.signal);
    const baseline = await ordinary(port, BASELINE_MS, context.signal);
    const rssBefore = await residentBytes(adminPort);
    context.log(`baseline p99 ${baseline.p99Ms} ms; now ${SLOW_CLIENTS} slow clients`);
    for (let index = 0; index < SLOW_CLIENTS; index += 1) {
      const kind = KINDS[index % KINDS.length] ?? "silent";
      clients.push(slowClient(kind, port, `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`));
    }
    let rssPeak = rssBefore;
    const watching = setInterval(async () => {
      rssPeak = Math.max(rssPeak, await residentBytes(adminPort).catch(() => 0));
    }, 1_000);
    const attacked = await ordinary(port, ATTACK_MS, context.signal);
    clearInterval(watching);
    const cutAfterMs = Object.fromEntries(KINDS.map((kind) => [kind, slowest(clients, kind)]));
    const rssGrowthBytes = rssPeak - rssBefore;
    const passed =
      attacked.failed === 0 &&
      attacked.p99Ms <= 2 * Math.max(baseline.p99Ms, P99_FLOOR_MS) &&
      Object.values(cutAfterMs).every((ms) => ms <= CUT_WITHIN_MS) &&
      rssGrowthBytes <= RSS_GROWTH_MAX_BYTES;
    const stillOpen = clients.filter((client) => client.closedAfterMs() === undefined).map(({ kind }) => kind);
    return {
      passed,
      slowClients: SLOW_CLIENTS,
      stillOpen: stillOpen.length,
      baseline,
      attacked,
      cutAfterMs,
      rssGrowthBytes,
    };
  } finally {
    for (const client of clients) client.stop();
    await edge.stop();
    server.closeAllConnections();
    server.close();
  }
}
