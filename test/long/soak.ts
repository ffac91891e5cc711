/**
 * Half of what edge, clients and origin can do together, for half an hour, while the origin fails at random: no client
 * sees it, and memory stays flat. `ANTIPODE_SOAK_MINUTES` makes it shorter, 2 at least.
 */
import { antipode, freePort } from "../e2e/processes.ts";
import { seededRandom } from "../hostile/mutate.ts";
import { pinnedTo } from "../hostile/pinned.ts";
import { faultyOrigin } from "../load/faulty-origin.ts";
import { askKept, type KeptCounts } from "../load/kept-clients.ts";
import { metricsOf } from "../load/metrics-of.ts";
import type { LongContext } from "../long-run.ts";

export const name = "soak";
export const summary = "30 minutes at half load, an origin that fails at random: no error, flat memory";

const MINUTES = Number(process.env.ANTIPODE_SOAK_MINUTES ?? 30);
const WARM_UP_MS = 15_000;
const CALIBRATION_MS = 10_000;
const CONNECTIONS = 32;
const URLS = 20_000;
/** Of the requests: for what nobody asked for before. */
const NEW_SHARE = 0.05;
/** Full within the first minutes, so that something leaves all the time. */
const MEMORY_MIB = 48;
const ORIGIN = {
  ...{ seed: 5, faultShare: 0.3, bodyBytes: 1_024 },
  cacheControl: "max-age=2, stale-while-revalidate=3600, stale-if-error=3600",
};
const FIELDS = "User-Agent: soak\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\nCookie: session=1\r\n";
const SAMPLE_MS = 5_000;
const MIB = 1_048_576;
/** How much the peak of the last third may be above that of the middle one. */
const GROWTH_MAX_BYTES = 24 * MIB;
const SAMPLED = ["process_resident_memory_bytes", "process_cpu_seconds_total"] as const;

type Sample = Record<(typeof SAMPLED)[number], number>;

/** Popular targets, most often the first ones, and now and then new ones, until it is time. */
function targetsUntil(endMs: number, random: () => number, signal: AbortSignal): () => string | undefined {
  return () => {
    if (performance.now() >= endMs || signal.aborted) return undefined;
    return random() < NEW_SHARE ? `/new/${random()}` : `/page/${Math.floor(URLS * random() ** 3)}`;
  };
}

/** What went wrong, by what was seen. */
function errorsOf({ broken, statuses }: KeptCounts): Record<string, number> {
  const { "200": _, ...others } = statuses;
  return { ...others, ...(broken > 0 && { broken }) };
}

function peakOf(samples: readonly Sample[], metric: keyof Sample): number {
  return Math.max(...samples.map((sample) => sample[metric]));
}

/** The middle third of the samples beside the last one. */
function growthOf(samples: readonly Sample[], metric: keyof Sample): { middle: number; last: number } {
  const third = Math.floor(samples.length / 3);
  const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
  return { middle: peakOf(middle, metric), last: peakOf(last, metric) };
}

async function soak(context: LongContext, port: number, adminPort: number) {
  const random = seededRandom(6);
  const ask = (forMs: number, requestsPerSecond?: number): Promise<KeptCounts> =>
    askKept({
      ...{ port, connections: CONNECTIONS, fields: FIELDS },
      next: targetsUntil(performance.now() + forMs, random, context.signal),
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    });
  await ask(WARM_UP_MS);
  const most = await ask(CALIBRATION_MS);
  const requestsPerSecond = Math.floor(most.answered / (CALIBRATION_MS / 1_000) / 2);
  context.log(`${requestsPerSecond} requests a second for ${MINUTES} minutes`);
  const samples: Sample[] = [];
  const watching = setInterval(async () => {
    const sample = await metricsOf(adminPort, SAMPLED).catch(() => undefined);
    if (sample !== undefined) samples.push(sample);
  }, SAMPLE_MS);
  try {
    const counts = await ask(MINUTES * 60_000, requestsPerSecond);
    return { counts, samples, requestsPerSecond };
  } finally {
    clearInterval(watching);
  }
}

function verdict({ counts, samples, requestsPerSecond }: Awaited<ReturnType<typeof soak>>) {
  const resident = growthOf(samples, "process_resident_memory_bytes");
  const errors = errorsOf(counts);
  const reached = counts.answered / (MINUTES * 60);
  const processorOf = (sample: Sample | undefined): number => sample?.process_cpu_seconds_total ?? 0;
  const seconds = ((samples.length - 1) * SAMPLE_MS) / 1_000;
  return {
    passed:
      Object.keys(errors).length === 0 &&
      reached >= 0.9 * requestsPerSecond &&
      resident.last - resident.middle <= GROWTH_MAX_BYTES,
    ...{ minutes: MINUTES, requestsPerSecond, answered: counts.answered, errors },
    slowestMs: Math.round(counts.slowestMs),
    edgeProcessorShare: Number(((processorOf(samples.at(-1)) - processorOf(samples[0])) / seconds).toFixed(2)),
    residentMiB: { middle: Math.round(resident.middle / MIB), last: Math.round(resident.last / MIB) },
  };
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  if (!(MINUTES >= 2)) throw new Error("ANTIPODE_SOAK_MINUTES is 2 at least");
  const origin = await faultyOrigin(ORIGIN);
  const [port, adminPort] = [await freePort(), await freePort()];
  const words = ["edge", "--origin", `http://127.0.0.1:${origin.port}`, "--listen", `127.0.0.1:${port}`];
  // What is started while we are on one processor stays there.
  const pinned = pinnedTo(0);
  const edge = await antipode([...words, "--admin", `127.0.0.1:${adminPort}`, "--memory", `${MEMORY_MIB}mb`], /READY/);
  pinnedTo(1);
  try {
    const result = verdict(await soak(context, port, adminPort));
    const { store, ...rest } = { store: await metricsOf(adminPort, ["antipode_store_entries"]), ...result };
    return { ...rest, pinned, storedEntries: store.antipode_store_entries, origin: origin.counts };
  } finally {
    await edge.stop();
    origin.stop();
  }
}
