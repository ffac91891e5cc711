/**
 * What observing costs on hits of 1 KiB: without any record, with record and metrics, with a log line for each request.
 * `node bench/record.ts [--seconds N] [--rounds N] [--json FILE]`. Prints each against the first and the limit we set
 * ourselves; ends with 1 when one is over. Interleaved; what counts is the processor time a request, kernel and threads
 * that write included, in the best round: neighbours on the machine can only make a request dearer.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type BenchServer, startEdgeServer, startNginx, startProgram } from "./servers.ts";
import { wrk } from "./wrk.ts";

const FIRST_PORT = 9_430;
const SIZE_BYTES = 1_024;

/** How much less a second of processor time may do, in percent of what it does without a record. */
const LIMITS_PERCENT: Readonly<Record<string, number>> = {
  "record and metrics": 3,
  "log, JSON": 15,
  "log, combined": 15,
};

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "15" },
    json: { type: "string" },
  },
});
const load = { connections: 64, seconds: Number(values.seconds) };

interface Measured {
  readonly server: BenchServer;
  /** Requests a second of processor time, one figure a round. */
  readonly perCpuSecond: number[];
}

async function measure(servers: readonly BenchServer[]): Promise<readonly Measured[]> {
  const measured = servers.map((server): Measured => ({ server, perCpuSecond: [] }));
  for (const { port } of servers) await wrk(urlOf(port), { ...load, seconds: 2 });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const { server, perCpuSecond } of measured) {
      const before = server.cpuSeconds();
      const { requestsPerSecond, errors } = await wrk(urlOf(server.port), load);
      if (errors > 0) throw new Error(`${server.name}: ${errors} errors`);
      perCpuSecond.push((requestsPerSecond * load.seconds) / (server.cpuSeconds() - before));
    }
  }
  return measured;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/${SIZE_BYTES}`;
}

/** The round in which the machine disturbed least: neighbours can only make a request dearer. */
function best({ perCpuSecond }: Measured): number {
  return Math.max(...perCpuSecond);
}

function costPercent(plain: Measured, other: Measured): number {
  return (1 - best(other) / best(plain)) * 100;
}

const folder = mkdtempSync(path.join(tmpdir(), "antipode-bench-log-"));
const logged = (format: string): string[] => [
  ...["--access-log", format, "--access-log-file", path.join(folder, format)],
  ...["--access-log-max-size", "100mb", "--access-log-keep", "1"],
];
const servers: BenchServer[] = [];
try {
  const origin = await startNginx(FIRST_PORT, [SIZE_BYTES]);
  servers.push(origin);
  servers.push(await startProgram("no record", "edge-without-record.ts", FIRST_PORT + 1, [String(origin.port)]));
  servers.push(await startEdgeServer(FIRST_PORT + 2, origin.port, { name: "record and metrics" }));
  for (const [index, format] of ["json", "combined"].entries()) {
    const name = format === "json" ? "log, JSON" : "log, combined";
    servers.push(await startEdgeServer(FIRST_PORT + 3 + index, origin.port, { name, flags: logged(format) }));
  }
  const measured = await measure(servers.slice(1));
  const [plain] = measured;
  if (plain === undefined) throw new Error("nothing was measured");
  const rows = measured.map((each) => ({
    server: each.server.name,
    perCpuSecond: Math.round(best(each)),
    costPercent: Number(costPercent(plain, each).toFixed(1)),
    limitPercent: LIMITS_PERCENT[each.server.name],
  }));
  console.table(rows);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
  const over = rows.some(({ costPercent: cost, limitPercent }) => limitPercent !== undefined && cost > limitPercent);
  process.exitCode = over ? 1 : 0;
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
