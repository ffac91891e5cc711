/**
 * Hits per second and core of one URL: our edge, our listener alone, node:http alone and nginx, side by side.
 * `node bench/hits.ts [--seconds N] [--rounds N] [--json FILE]`. Server on core 0, load on core 1, interleaved, medians.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type BenchServer, startEdgeServer, startNginx, startProgram } from "./servers.ts";
import { type WrkResult, wrk } from "./wrk.ts";

const FIRST_PORT = 9_410;
const SIZES = [1_024, 10_240, 102_400];

interface Row {
  readonly size: number;
  readonly server: string;
  readonly runs: (WrkResult & { readonly cpuSeconds: number })[];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function summary({ size, server, runs }: Row) {
  return {
    size,
    server,
    requestsPerSecond: Math.round(median(runs.map((run) => run.requestsPerSecond))),
    // Fair when something else runs beside it, too.
    perCpuSecond: Math.round(median(runs.map((run) => (run.requestsPerSecond * load.seconds) / run.cpuSeconds))),
    p50Ms: median(runs.map((run) => run.p50Ms)),
    p99Ms: median(runs.map((run) => run.p99Ms)),
    errors: runs.reduce((sum, run) => sum + run.errors, 0),
  };
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    json: { type: "string" },
  },
});
const load = { connections: 64, seconds: Number(values.seconds) };
const servers: BenchServer[] = [];
const rows: Row[] = [];
try {
  const nginx = await startNginx(FIRST_PORT, SIZES);
  servers.push(nginx);
  servers.push(await startEdgeServer(FIRST_PORT + 1, nginx.port));
  servers.push(await startProgram("our listener", "bare-listener.ts", FIRST_PORT + 2));
  servers.push(await startProgram("node:http", "bare-node-http.ts", FIRST_PORT + 3));
  servers.push(await startProgram("sockets, no HTTP", "bare-socket.ts", FIRST_PORT + 4));
  // The last three answer 1 KiB whatever is asked.
  for (const size of SIZES) {
    const compared = size === 1_024 ? servers : servers.slice(0, 2);
    const sized = compared.map(({ name }): Row => ({ size, server: name, runs: [] }));
    rows.push(...sized);
    for (const { port } of compared) await wrk(`http://127.0.0.1:${port}/${size}`, { ...load, seconds: 1 });
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [index, server] of compared.entries()) {
        const before = server.cpuSeconds();
        const run = await wrk(`http://127.0.0.1:${server.port}/${size}`, load);
        sized[index]?.runs.push({ ...run, cpuSeconds: server.cpuSeconds() - before });
      }
    }
  }
} finally {
  for (const server of servers) await server.stop();
}
const result = rows.map(summary);
console.table(result);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
