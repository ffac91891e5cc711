/**
 * `npm run measure:workers`: the weight of the Worker, the CPU time of a hit on workerd, the subrequests of a hit.
 * Exits 1 when one is over its limit.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuMs } from "./cpu-time.ts";
import { BUNDLE_MAX_KIB, dryRun } from "./dry-run.ts";
import { runScript } from "./run.ts";
import { type LocalWorker, ROOT, startLocalWorker, WRANGLER_TOML } from "./wrangler.ts";

const CPU_PER_HIT_MAX_MS = 1;
const SUBREQUESTS_PER_HIT_MAX = 2;
/** Hits that one invocation answers, and how many invocations are measured after those that warm up. */
const HITS_PER_INVOCATION = 100;
const WARM_INVOCATIONS = 5;
const INVOCATIONS = 40;
const BODY_BYTES = 1_024;

await runScript(async () => {
  const scratch = await mkdtemp(join(tmpdir(), "antipode-measure-"));
  const origin = createServer((_request, response) => {
    response.setHeader("cache-control", "max-age=3600");
    response.end("x".repeat(BODY_BYTES));
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const address = origin.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const variables = { ORIGIN: `http://127.0.0.1:${port}` };
  try {
    const kib = await dryRun(WRANGLER_TOML);
    const bare = await measured(8791, join(scratch, "bare"), {}, "test/workerd/bare/worker.ts");
    const ours = await measured(8792, join(scratch, "ours"), variables, "test/workerd/counting/worker.ts");
    const cpu = Math.max(ours.cpuPerHitMs - bare.cpuPerHitMs, 0);
    console.log(`weight: ${kib.toFixed(1)} KiB compressed (limit ${BUNDLE_MAX_KIB})`);
    console.log(
      `CPU per hit: ${cpu.toFixed(3)} ms of the Worker's own (limit ${CPU_PER_HIT_MAX_MS}); all of workerd ${ours.cpuPerHitMs.toFixed(3)} ms, of which ${bare.cpuPerHitMs.toFixed(3)} ms for a bare Worker that reads two cache entries`,
    );
    console.log(`subrequests per hit: ${ours.subrequests} (limit ${SUBREQUESTS_PER_HIT_MAX})`);
    return cpu <= CPU_PER_HIT_MAX_MS && ours.subrequests <= SUBREQUESTS_PER_HIT_MAX ? 0 : 1;
  } finally {
    origin.close();
    await rm(scratch, { recursive: true, force: true });
  }
});

interface Measured {
  readonly cpuPerHitMs: number;
  readonly subrequests: number;
}

async function measured(
  port: number,
  stateDirectory: string,
  variables: Readonly<Record<string, string>>,
  main: string,
): Promise<Measured> {
  const worker = await startLocalWorker({ port, stateDirectory, variables, words: [join(ROOT, main)] });
  try {
    for (let count = 0; count < WARM_INVOCATIONS; count += 1) await invoke(worker);
    const beforeMs = cpuMs(worker.pid, "workerd");
    let subrequests = 0;
    for (let count = 0; count < INVOCATIONS; count += 1) subrequests = await invoke(worker);
    const hits = INVOCATIONS * HITS_PER_INVOCATION;
    return { cpuPerHitMs: (cpuMs(worker.pid, "workerd") - beforeMs) / hits, subrequests };
  } finally {
    await worker.stop();
  }
}

/** One invocation; the subrequests that each of its hits took. */
async function invoke(worker: LocalWorker): Promise<number> {
  const response = await fetch(`${worker.url}/?times=${HITS_PER_INVOCATION}`);
  const status = response.headers.get("x-status") ?? (await response.text());
  if (!status.includes("hit")) throw new Error(`no hit: ${status}`);
  return Number(response.headers.get("x-subrequests")) / HITS_PER_INVOCATION;
}
