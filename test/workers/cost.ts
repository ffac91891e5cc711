/** What a hit costs on workerd: processor time of the process and subrequests, over many hits. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalWorker, ROOT, startLocalWorker } from "../../cli/workers/wrangler.ts";
import { freePort } from "../e2e/processes.ts";
import { cpuMs } from "./cpu-time.ts";

/** The limits of a hit. */
export const HIT_LIMITS = { cpuMs: 1, subrequests: 2 } as const;

/** How much is measured. */
export interface Amount {
  readonly rounds: number;
  /** Of `HITS_PER_INVOCATION` hits each. */
  readonly invocationsPerRound: number;
}

/** What was measured. Processor time is that of all of workerd: an upper bound of what the Worker itself uses. */
export interface HitCost {
  readonly bodyBytes: number;
  readonly hits: number;
  /** The median of the rounds, with a map in the isolate in the place of the simulated Cache API. */
  readonly cpuMsPerHit: number;
  readonly cpuMsPerHitByRound: readonly number[];
  /** The same with the Cache API as workerd and Miniflare simulate it: most of it is theirs. */
  readonly cpuMsPerHitWithSimulatedCache: number;
  readonly subrequestsPerHit: number;
}

/** Hits that one invocation answers: the proxies of `wrangler dev` cost a request each. */
export const HITS_PER_INVOCATION = 100;
const WARM_INVOCATIONS = 5;
const BODY_BYTES = 1_024;

/** Measures; takes about 10 seconds. */
export async function measureHit(amount: Amount): Promise<HitCost> {
  const scratch = await mkdtemp(join(tmpdir(), "antipode-measure-"));
  const origin = createServer((_request, response) => {
    response.setHeader("cache-control", "max-age=3600");
    response.end("x".repeat(BODY_BYTES));
  });
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const address = origin.address();
  const originPort = typeof address === "object" && address !== null ? address.port : 0;
  const worker = await startLocalWorker({
    port: await freePort(),
    stateDirectory: scratch,
    variables: { ORIGIN: `http://127.0.0.1:${originPort}` },
    words: [join(ROOT, "test", "workerd", "measured", "worker.ts")],
  });
  try {
    return await measured(worker, amount);
  } finally {
    await worker.stop();
    origin.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function measured(worker: LocalWorker, { rounds, invocationsPerRound }: Amount): Promise<HitCost> {
  for (let count = 0; count < WARM_INVOCATIONS; count += 1) await invoke(worker, "isolate");
  const byRound: number[] = [];
  for (let count = 0; count < rounds; count += 1) byRound.push(await round(worker, "isolate", invocationsPerRound));
  await invoke(worker, "simulated");
  const withSimulatedCache = await round(worker, "simulated", 1);
  return {
    bodyBytes: BODY_BYTES,
    hits: rounds * invocationsPerRound * HITS_PER_INVOCATION,
    cpuMsPerHit: byRound.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN,
    cpuMsPerHitByRound: byRound,
    cpuMsPerHitWithSimulatedCache: withSimulatedCache,
    subrequestsPerHit: (await invoke(worker, "simulated")) / HITS_PER_INVOCATION,
  };
}

type CacheKind = "isolate" | "simulated";

/** Milliseconds of processor time per hit. */
async function round(worker: LocalWorker, cache: CacheKind, invocations: number): Promise<number> {
  const beforeMs = cpuMs(worker.pid, "workerd");
  for (let count = 0; count < invocations; count += 1) await invoke(worker, cache);
  return (cpuMs(worker.pid, "workerd") - beforeMs) / (invocations * HITS_PER_INVOCATION);
}

/** One invocation; the subrequests of all its hits. */
async function invoke(worker: LocalWorker, cache: CacheKind): Promise<number> {
  const response = await fetch(`${worker.url}/?times=${HITS_PER_INVOCATION}&cache=${cache}`);
  const status = response.headers.get("x-status") ?? (await response.text());
  if (!status.includes("hit")) throw new Error(`no hit: ${status}`);
  return Number(response.headers.get("x-subrequests"));
}
