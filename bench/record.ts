/**
 * What observing costs on hits of 1 KiB: without any record, with record and metrics, with a log line for each request.
 * `node bench/record.ts [--launches N] [--rounds N] [--seconds N] [--json FILE]`. Prints each against the first and the
 * limit we set ourselves; ends with 1 when one is over. What counts is the processor time of a request, kernel and all
 * threads included, against the one without a record that is loaded at the same time; of all rounds the median. The
 * servers are launched several times, since a compiler that decides while it runs makes each process a little different.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { conclude, median } from "./evidence.ts";
import { type BenchServer, startEdgeServer, startNginx } from "./servers.ts";
import { wrk } from "./wrk.ts";

const FIRST_PORT = 9_430;
const SIZE_BYTES = 1_024;

/** How much less a second of processor time may do, in percent of what it does without a record. */
const LIMITS_PERCENT = { "record and metrics": 3, "log, JSON": 15, "log, combined": 15 } as const;
type Observed = keyof typeof LIMITS_PERCENT;

const { values } = parseArgs({
  options: {
    launches: { type: "string", default: "8" },
    rounds: { type: "string", default: "4" },
    seconds: { type: "string", default: "2" },
    json: { type: "string" },
  },
});
const load = { connections: 32, seconds: Number(values.seconds) };

/** Costs of a round, in percent, by what was observed. */
type Costs = Record<Observed, number[]>;

/** Loads each and the one without a record at the same time: what the machine does meanwhile hits both alike. */
async function measure(plain: BenchServer, observed: Record<Observed, BenchServer>, costs: Costs): Promise<number> {
  await Promise.all([plain, ...Object.values(observed)].map(({ port }) => wrk(urlOf(port), { ...load, seconds: 5 })));
  const plainUs: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const name of NAMES) {
      const [withoutUs, takenUs] = await Promise.all([requestUs(plain), requestUs(observed[name])]);
      plainUs.push(withoutUs);
      costs[name].push((1 - withoutUs / takenUs) * 100);
    }
  }
  return median(plainUs);
}

/** Microseconds of processor time that a request took. */
async function requestUs(server: BenchServer): Promise<number> {
  const before = server.cpuSeconds();
  const { requestsPerSecond, errors } = await wrk(urlOf(server.port), load);
  if (errors > 0) throw new Error(`${server.name}: ${errors} errors`);
  return ((server.cpuSeconds() - before) * 1e6) / (requestsPerSecond * load.seconds);
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}/${SIZE_BYTES}`;
}

const NAMES: readonly Observed[] = ["record and metrics", "log, JSON", "log, combined"];

const folder = mkdtempSync(path.join(tmpdir(), "antipode-bench-log-"));
const logged = (format: string): string[] => [
  ...["--access-log", format, "--access-log-file", path.join(folder, format)],
  ...["--access-log-max-size", "100mb", "--access-log-keep", "1"],
];
const FLAGS: Readonly<Record<Observed, readonly string[]>> = {
  "record and metrics": [],
  "log, JSON": logged("json"),
  "log, combined": logged("combined"),
};

/** Launches all, measures, and ends them; microseconds of a request without a record. */
async function launch(costs: Costs): Promise<number> {
  const servers: BenchServer[] = [];
  const started = async (starting: Promise<BenchServer>): Promise<BenchServer> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const edge = (name: Observed, offset: number, originPort: number) =>
    started(startEdgeServer(FIRST_PORT + offset, originPort, { name, flags: FLAGS[name] }));
  try {
    const { port } = await started(startNginx(FIRST_PORT, [SIZE_BYTES]));
    const nodeFlags = ["--import", path.join(import.meta.dirname, "without-record.ts")];
    const plain = await started(startEdgeServer(FIRST_PORT + 1, port, { name: "no record", nodeFlags }));
    const observed = {
      "record and metrics": await edge("record and metrics", 2, port),
      "log, JSON": await edge("log, JSON", 3, port),
      "log, combined": await edge("log, combined", 4, port),
    };
    return await measure(plain, observed, costs);
  } finally {
    for (const server of servers) await server.stop();
  }
}

try {
  const costs: Costs = { "record and metrics": [], "log, JSON": [], "log, combined": [] };
  const plainUs: number[] = [];
  for (let index = 0; index < Number(values.launches); index += 1) plainUs.push(await launch(costs));
  const rows = NAMES.map((name) => ({
    observed: name,
    costPercent: Number(median(costs[name]).toFixed(1)),
    limitPercent: LIMITS_PERCENT[name],
    rounds: costs[name].length,
  }));
  console.table(rows);
  const withoutRecordUs = Number(median(plainUs).toFixed(2));
  conclude(values.json, !rows.some((row) => row.costPercent > row.limitPercent), { withoutRecordUs, rows });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
