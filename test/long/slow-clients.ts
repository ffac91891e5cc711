/** A thousand slow clients of four kinds from many addresses beside ordinary ones, who must hardly notice: three times. */
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import { antipode, freePort } from "../e2e/processes.ts";
import { pinnedTo } from "../hostile/pinned.ts";
import { type Phone, phone, type SlowClient, type Slowness, slowClient } from "../hostile/slow-clients.ts";
import type { LongContext } from "../long-run.ts";

export const name = "slow-clients";
export const summary = "1,000 slow clients of four kinds: normal p99 ≤ 2 × baseline, all cut ≤ 30 s, memory bounded";

const KINDS: readonly Slowness[] = ["silent", "slow-head", "slow-body", "slow-reader"];
const SLOW_CLIENTS = 1_000;
/** One is enough to try it. */
const ROUNDS = Number(process.env.ANTIPODE_ROUNDS ?? 3);
const WARM_UP_MS = 3_000;
const BASELINE_MS = 15_000;
const ATTACK_MS = 35_000;
const CUT_WITHIN_MS = 30_000;
const RSS_GROWTH_MAX_BYTES = 256 * 1_048_576;
/** Below this a quantile is the timer's, not the edge's. */
const P99_FLOOR_MS = 2;
const NORMAL_CLIENTS = 8;
const PAUSE_MS = 5;
const PAGE = Buffer.alloc(1_024, "x");
const PART = Buffer.alloc(65_536, "x");
/** 6 MiB: with what the kernels hold of it on both sides of the edge, 250 of them fit into the memory for TCP. */
const FILE_PARTS = 96;
/** Readers on a bad line, who must not be taken for slow clients. */
const PHONES = 4;
const PHONE_BYTES_PER_SECOND = 102_400;

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

/** The page, and a file that one kernel does not hold for its reader. */
function origin(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  if (request.url !== "/file") {
    response.writeHead(200, { "cache-control": "max-age=600", "content-length": PAGE.length });
    response.end(PAGE);
    return;
  }
  response.writeHead(200, { "cache-control": "no-store", "content-length": FILE_PARTS * PART.length });
  let parts = 0;
  const more = (): void => {
    while (!response.destroyed && parts < FILE_PARTS) {
      parts += 1;
      if (!response.write(PART)) return;
    }
    if (parts === FILE_PARTS) response.end();
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

interface Round {
  readonly baseline: Quantiles;
  readonly attacked: Quantiles;
  readonly stillOpen: number;
  readonly phonesCut: number;
  readonly cutAfterMs: Record<Slowness, number>;
}

/** Ordinary clients alone, then the same beside a thousand slow ones. */
async function round(port: number, { signal }: LongContext): Promise<Round> {
  const baseline = await ordinary(port, BASELINE_MS, signal);
  const clients: SlowClient[] = [];
  const phones: Phone[] = [];
  try {
    for (let count = 0; count < PHONES; count += 1) phones.push(phone(port, PHONE_BYTES_PER_SECOND));
    for (let index = 0; index < SLOW_CLIENTS; index += 1) {
      const kind = KINDS[index % KINDS.length] ?? "silent";
      clients.push(slowClient(kind, port, `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`));
    }
    const attacked = await ordinary(port, ATTACK_MS, signal);
    const stillOpen = clients.filter((client) => client.closedAfterMs() === undefined).length;
    const cutAfterMs = {
      ...{ silent: slowest(clients, "silent"), "slow-head": slowest(clients, "slow-head") },
      ...{ "slow-body": slowest(clients, "slow-body"), "slow-reader": slowest(clients, "slow-reader") },
    };
    return { baseline, attacked, stillOpen, phonesCut: phones.filter((one) => one.cut()).length, cutAfterMs };
  } finally {
    for (const client of [...clients, ...phones]) client.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The rounds, and how much memory the edge had more at any time than after the warm-up. */
async function rounds(context: LongContext, port: number, adminPort: number) {
  await ordinary(port, WARM_UP_MS, context.signal);
  const rssBefore = await residentBytes(adminPort);
  let rssPeak = rssBefore;
  const watching = setInterval(async () => {
    rssPeak = Math.max(rssPeak, await residentBytes(adminPort).catch(() => 0));
  }, 1_000);
  const done: Round[] = [];
  try {
    while (done.length < ROUNDS && !context.signal.aborted) {
      const one = await round(port, context);
      context.log(`p99 ${one.baseline.p99Ms} ms alone, ${one.attacked.p99Ms} ms beside ${SLOW_CLIENTS} slow clients`);
      done.push(one);
    }
  } finally {
    clearInterval(watching);
  }
  return { done, rssGrowthBytes: rssPeak - rssBefore };
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const server = createServer(origin).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const words = ["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`];
  // What is started while we are on one processor stays there.
  const pinned = pinnedTo(0);
  const edge = await antipode([...words, "--admin", `127.0.0.1:${adminPort}`], /READY/);
  pinnedTo(1);
  try {
    const { done, rssGrowthBytes } = await rounds(context, port, adminPort);
    const baselineP99Ms = median(done.map(({ baseline }) => baseline.p99Ms));
    const attackedP99Ms = median(done.map(({ attacked }) => attacked.p99Ms));
    const passed =
      done.length === ROUNDS &&
      done.every(({ attacked, phonesCut }) => attacked.failed === 0 && phonesCut === 0) &&
      attackedP99Ms <= 2 * Math.max(baselineP99Ms, P99_FLOOR_MS) &&
      done.every(({ cutAfterMs }) => Object.values(cutAfterMs).every((ms) => ms <= CUT_WITHIN_MS)) &&
      rssGrowthBytes <= RSS_GROWTH_MAX_BYTES;
    return {
      ...{ passed, pinned, slowClients: SLOW_CLIENTS, baselineP99Ms, attackedP99Ms, rssGrowthBytes },
      rounds: done,
    };
  } finally {
    await edge.stop();
    server.closeAllConnections();
    server.close();
  }
}
