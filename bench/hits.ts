/**
 * Hits and misses per second and core: our edge, nginx and Varnish, side by side on the same origin.
 * `node bench/hits.ts [--seconds N] [--rounds N] [--rows NAME;…] [--json FILE] [--markdown FILE]`. Servers on core 0 with all
 * their threads, load and origin on core 1, interleaved, medians. Logs are off, our metrics are on. One at a time: a lock
 * file sees to it.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { MAIN_URLS, makeContent, startNginxPeer, startOrigin, startVarnish } from "./peers.ts";
import { type BenchServer, startEdgeServer } from "./servers.ts";
import { type Load, type WrkResult, wrk } from "./wrk.ts";

const FIRST_PORT = 9_410;
const SIZES = [1_024, 10_240, 102_400];
const CONNECTIONS = 64;
const HEAD_SETS = 200;
const LOCK = path.join(tmpdir(), "antipode-bench.lock");

/** What is asked for. `warm`: asked for once before, so that all of it is stored. */
interface Row {
  readonly name: string;
  readonly path: string;
  readonly missPercent: number | undefined;
  /** What we want of nginx's and of Varnish's figure. */
  readonly goals: { readonly nginx: number; readonly varnish?: number };
}

const ROWS: readonly Row[] = [
  { name: "1 KiB", path: "/1024", missPercent: undefined, goals: { nginx: 1.5, varnish: 2 } },
  { name: "10 KiB", path: "/10240", missPercent: undefined, goals: { nginx: 1.2 } },
  { name: "100 KiB", path: "/102400", missPercent: undefined, goals: { nginx: 1 } },
  { name: "10,000 URLs, 200 heads", path: "/", missPercent: 0, goals: { nginx: 1.3, varnish: 2 } },
  { name: "95 % hits, 5 % misses", path: "/", missPercent: 5, goals: { nginx: 1.2 } },
  { name: "misses", path: "/", missPercent: 100, goals: { nginx: 0.8 } },
];

/** Its URLs are those that are warmed. */
const MAIN: Row = { name: "warm", path: "/", missPercent: 0, goals: { nginx: 1 } };
/** Longer where shorter was not enough for all of them. */
const WARM_SECONDS = [4, 16, 60];

type Run = WrkResult & { readonly cpuSeconds: number };

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    rows: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});
const seconds = Number(values.seconds);
let seed = 0;

function loadOf(row: Row, port: number, forSeconds: number): Load {
  const plain = { connections: CONNECTIONS, seconds: forSeconds };
  if (row.missPercent === undefined) return plain;
  seed += 1;
  const environment = {
    HITS_URLS: `${MAIN_URLS}`,
    HITS_HEADS: `${HEAD_SETS}`,
    HITS_MISS_PERCENT: `${row.missPercent}`,
    // Nobody has asked for these misses before, in this run or an earlier one.
    HITS_SEED: `${(Date.now() % 1_000_000) * 100 + seed}`,
    HITS_HOST: `127.0.0.1:${port}`,
  };
  return { ...plain, script: { file: path.join(import.meta.dirname, "hits.lua"), environment } };
}

/** One run of one server. */
async function run(row: Row, server: BenchServer): Promise<Run> {
  const before = server.cpuSeconds();
  const result = await wrk(`http://127.0.0.1:${server.port}${row.path}`, loadOf(row, server.port, seconds));
  return { ...result, cpuSeconds: server.cpuSeconds() - before };
}

/** All of the main row is stored before it is measured. */
async function warm(server: BenchServer): Promise<void> {
  for (const forSeconds of WARM_SECONDS) {
    const load = loadOf(MAIN, server.port, forSeconds);
    const { file, environment } = load.script ?? { file: "", environment: {} };
    const script = { file, environment: { ...environment, HITS_IN_TURN: "yes" } };
    const { requestsPerSecond } = await wrk(`http://127.0.0.1:${server.port}/`, { ...load, script });
    if (requestsPerSecond * forSeconds >= MAIN_URLS) return;
  }
  throw new Error(`${server.name} cannot be warmed`);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

function summary(server: string, runs: readonly Run[]) {
  return {
    server,
    requestsPerSecond: Math.round(median(runs.map(({ requestsPerSecond }) => requestsPerSecond))),
    // Fair when something else runs beside it, too.
    perCpuSecond: Math.round(median(runs.map((each) => (each.requestsPerSecond * seconds) / each.cpuSeconds))),
    p50Ms: median(runs.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(runs.map(({ p99Ms }) => p99Ms)),
    loadCpuShare: Number(median(runs.map(({ loadCpuShare }) => loadCpuShare)).toFixed(2)),
    errors: runs.reduce((sum, { errors }) => sum + errors, 0),
  };
}

function compared(row: Row, of: ReadonlyMap<string, readonly Run[]>) {
  const servers = [...of].map(([name, runs]) => summary(name, runs));
  const [ours] = servers;
  const ratios = servers.slice(1).map((peer) => ({
    peer: peer.server,
    perCpuSecond: Number(((ours?.perCpuSecond ?? 0) / peer.perCpuSecond).toFixed(2)),
    perSecond: Number(((ours?.requestsPerSecond ?? 0) / peer.requestsPerSecond).toFixed(2)),
    goal: peer.server === "nginx" ? row.goals.nginx : (row.goals.varnish ?? null),
  }));
  return { row: row.name, servers, ratios };
}

function markdown(results: readonly ReturnType<typeof compared>[]): string {
  const lines = [
    "| row | server | requests/s of processor time | requests/s | p50 ms | p99 ms | load's share of its core |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const { row, servers } of results) {
    for (const { server, perCpuSecond, requestsPerSecond, p50Ms, p99Ms, loadCpuShare } of servers) {
      lines.push(
        `| ${row} | ${server} | ${[perCpuSecond, requestsPerSecond, p50Ms, p99Ms, loadCpuShare].join(" | ")} |`,
      );
    }
  }
  lines.push("", "| row | against | per processor second | per second | goal |", "|---|---|---|---|---|");
  for (const { row, ratios } of results) {
    for (const { peer, perCpuSecond, perSecond, goal } of ratios) {
      lines.push(`| ${row} | ${peer} | ${perCpuSecond} | ${perSecond} | ${goal ?? ""} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** One bench at a time. What a killed one left behind counts for nothing. */
function lock(): () => void {
  if (existsSync(LOCK) && !existsSync(`/proc/${readFileSync(LOCK, "utf8")}`)) rmSync(LOCK);
  try {
    writeFileSync(LOCK, `${process.pid}`, { flag: "wx" });
  } catch {
    throw new Error(`another bench runs: ${LOCK}`);
  }
  return () => rmSync(LOCK, { force: true });
}

const unlock = lock();
const content = makeContent(SIZES);
const servers: BenchServer[] = [];
const origins: BenchServer[] = [];
try {
  const origin = await startOrigin(FIRST_PORT, content);
  origins.push(origin);
  servers.push(await startEdgeServer(FIRST_PORT + 1, origin.port));
  servers.push(await startNginxPeer(FIRST_PORT + 2, origin.port, content));
  servers.push(await startVarnish(FIRST_PORT + 3, origin.port, content));
  const results: ReturnType<typeof compared>[] = [];
  const names = values.rows?.split(";");
  const wanted = ROWS.filter(({ name }) => names === undefined || names.includes(name));
  if (wanted.some(({ missPercent }) => missPercent !== undefined)) for (const server of servers) await warm(server);
  for (const row of wanted) {
    const runs = new Map<string, Run[]>(servers.map(({ name }) => [name, []]));
    for (const server of servers) await wrk(`http://127.0.0.1:${server.port}${row.path}`, loadOf(row, server.port, 1));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const server of servers) runs.get(server.name)?.push(await run(row, server));
    }
    const result = compared(row, runs);
    results.push(result);
    console.log(row.name);
    console.table(result.servers);
    console.table(result.ratios);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, markdown(results));
} finally {
  for (const server of [...servers, ...origins]) await server.stop();
  content.remove();
  unlock();
}
