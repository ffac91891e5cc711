/** A range in the middle of a never-seen 2 GiB object, 10 GiB streamed whole with bounded memory, and clients that leave. */
import { performance } from "node:perf_hooks";
import { bigReader } from "../collapsing/clients.ts";
import { start, type UnderTest } from "../collapsing/measure.ts";
import { until } from "../e2e/processes.ts";
import type { LongContext } from "../long-run.ts";

export const name = "ranges";
export const summary =
  "a range in 2 GiB never seen: first byte ≤ 0.5 s, ≤ 4 MiB from the origin; 10 GiB streamed, memory bounded; clients leave";

const GIBIBYTE = 1_073_741_824;
const FIRST_BYTE_MAX_MS = 500;
const ORIGIN_MAX_BYTES = 4 * 1_048_576;
const RSS_GROWTH_MAX_BYTES = 128 * 1_048_576;
/** Ranges asked one after the other, each of an object of its own. */
const RANGES = 20;

type Passed = Readonly<Record<string, unknown>> & { readonly passed: boolean };

async function onOwnEdge<T>(bytes: number, measure: (edge: UnderTest) => Promise<T>): Promise<T> {
  const edge = await start(bytes);
  try {
    return await measure(edge);
  } finally {
    await edge.stop();
  }
}

/** The slowest first byte of several ranges in the middle of objects never seen, and what the costliest took from the origin. */
async function middleRanges(edge: UnderTest): Promise<Passed> {
  let [firstByteMs, originBytes, rightBytes] = [0, 0, true];
  const middle = edge.bigBytes / 2 - 500;
  for (let number = 0; number < RANGES; number += 1) {
    const before = (await edge.asked()).bytes;
    const startMs = performance.now();
    const reader = bigReader(edge.port, `/big?range=${number}`, { range: `bytes=${middle}-${middle + 999}` });
    await reader.begun;
    firstByteMs = Math.max(firstByteMs, performance.now() - startMs);
    const { bytes } = await reader.ended;
    rightBytes &&= bytes === 1_000;
    await until("the origin to be left alone", async () => (await edge.asked()).open === 0);
    originBytes = Math.max(originBytes, (await edge.asked()).bytes - before);
  }
  const passed = rightBytes && firstByteMs <= FIRST_BYTE_MAX_MS && originBytes <= ORIGIN_MAX_BYTES;
  return { passed, ranges: RANGES, firstByteMsMax: Math.round(firstByteMs * 10) / 10, originBytesMax: originBytes };
}

/** A long body through one client: how much the edge grows, and whether every byte came. */
async function streamed(edge: UnderTest): Promise<Passed> {
  const rssBefore = await edge.residentBytes();
  let rssPeak = rssBefore;
  const watching = setInterval(async () => {
    rssPeak = Math.max(rssPeak, await edge.residentBytes().catch(() => 0));
  }, 200);
  const startMs = performance.now();
  const { bytes } = await bigReader(edge.port, "/big?whole").ended;
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  clearInterval(watching);
  const rssGrowthBytes = rssPeak - rssBefore;
  return { passed: bytes === edge.bigBytes && rssGrowthBytes <= RSS_GROWTH_MAX_BYTES, bytes, seconds, rssGrowthBytes };
}

/** One of two clients leaves: the other reads on. The second leaves: the origin is let go of. */
async function abandoned(edge: UnderTest): Promise<Passed> {
  const before = await edge.asked();
  const [one, other] = [bigReader(edge.port, "/big?left"), bigReader(edge.port, "/big?left")];
  await Promise.all([one.begun, other.begun]);
  one.stop();
  await one.ended;
  const target = other.soFar().bytes + 100 * 1_048_576;
  await until("the other to read on", async () => other.soFar().bytes > target);
  const goesOn = (await edge.asked()).open === 1;
  other.stop();
  await other.ended;
  await until("the origin to be left alone", async () => (await edge.asked()).open === 0);
  const after = await edge.asked();
  const originBytes = after.bytes - before.bytes;
  const passed = goesOn && after.whole - before.whole === 1 && originBytes < edge.bigBytes / 4;
  return { passed, goesOnForTheOther: goesOn, originBytes, ofBytes: edge.bigBytes };
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const measured = async <T extends object>(what: string, bytes: number, measure: (edge: UnderTest) => Promise<T>) => {
    if (context.signal.aborted) throw new Error("interrupted");
    const result = await onOwnEdge(bytes, measure);
    context.log(`${what}: ${JSON.stringify(result)}`);
    return result;
  };
  const results = {
    middleOf2GiB: await measured("ranges in the middle of 2 GiB", 2 * GIBIBYTE, middleRanges),
    streamed10GiB: await measured("10 GiB", 10 * GIBIBYTE, streamed),
    clientsLeave: await measured("clients that leave", 10 * GIBIBYTE, abandoned),
  };
  return { passed: Object.values(results).every(({ passed }) => passed), ...results };
}
