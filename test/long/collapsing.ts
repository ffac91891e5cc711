/** Ten thousand clients on one cold key, public and private, and 2 GiB to eight at once, one reader slow. */
import { readFileSync } from "node:fs";
import { bigBody, coldKey, privatePage, start, type UnderTest } from "../collapsing/measure.ts";
import type { LongContext } from "../long-run.ts";

export const name = "collapsing";
export const summary =
  "10,000 clients on one cold key: 1 request, private ≤ 3 × one; 2 GiB to 8 clients: 1 fetch, ≤ 128 MiB";

const CLIENTS = 10_000;
const BIG_BYTES = 2 * 1_073_741_824;
const BIG_CLIENTS = 8;
const RSS_GROWTH_MAX_BYTES = 128 * 1_048_576;
const SLOW_BYTES_PER_SECOND = 100 * 1024;
/** How many times as long eight readers may take when a ninth is slow: it delays nobody, and some of it is chance. */
const SLOW_READER_TIMES_MAX = 2;
/** How long the origin takes for a page: longer than it takes this machine to open all connections. */
const PAGE_MS = 20_000;

/** Two sockets a client of a private page must fit into one process. */
function clientsWithSockets(perClient: number): number {
  const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  return Math.min(CLIENTS, Math.floor((limit - 200) / perClient));
}

async function onOwnEdge<T>(measure: (edge: UnderTest) => Promise<T>): Promise<T> {
  const edge = await start(BIG_BYTES);
  try {
    return await measure(edge);
  } finally {
    await edge.stop();
  }
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const big = { clients: BIG_CLIENTS, rssGrowthMaxBytes: RSS_GROWTH_MAX_BYTES };
  const slow = { ...big, slowBytesPerSecond: SLOW_BYTES_PER_SECOND };
  const measured = async <T extends object>(what: string, measure: (edge: UnderTest) => Promise<T>): Promise<T> => {
    if (context.signal.aborted) throw new Error("interrupted");
    const result = await onOwnEdge(measure);
    context.log(`${what}: ${JSON.stringify(result)}`);
    return result;
  };
  const results = {
    coldKey: await measured("cold key", (edge) => coldKey(edge, clientsWithSockets(1), PAGE_MS)),
    privatePage: await measured("private page", (edge) => privatePage(edge, clientsWithSockets(2), PAGE_MS)),
    big: await measured("2 GiB", (edge) => bigBody(edge, big)),
    bigWithSlowReader: await measured("2 GiB, and a slow reader", (edge) => bigBody(edge, slow)),
  };
  const slowReaderTimes = Math.round((results.bigWithSlowReader.seconds / results.big.seconds) * 100) / 100;
  const passed = Object.values(results).every((result) => result.passed) && slowReaderTimes <= SLOW_READER_TIMES_MAX;
  return { passed, pageMs: PAGE_MS, slowReaderTimes, ...results };
}
