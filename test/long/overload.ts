/** Three times what an edge can do is asked of it: it does nearly as much as before, and hits stay quick (FAULTS L10). */
import { createServer, type Socket } from "node:net";
import { antipode, freePort } from "../e2e/processes.ts";
import { seededRandom } from "../hostile/mutate.ts";
import { type Asked, Crowd, PATIENCE_MS } from "../hostile/open-loop.ts";
import { pinnedTo } from "../hostile/pinned.ts";
import type { LongContext } from "../long-run.ts";

export const name = "overload";
export const summary =
  "3 × the capacity offered: goodput ≥ 90 % of peak, p99 of hits ≤ 5 × baseline, normal ≤ 30 s after";

const CONNECTIONS = 2_000;
const CLOSED_CLIENTS = 64;
const HIT_PAGES = 1_000;
/** The other half are pages that nobody has asked for before. */
const HIT_SHARE = 0.5;
const CAPACITY_MS = 10_000;
const WARM_UP_MS = 5_000;
const NORMAL_MS = 15_000;
const OVERLOAD_MS = 30_000;
const AFTER_MS = 35_000;
const NORMAL_SHARE = 0.5;
const OVERLOAD_SHARE = 3;
/** How long an edge may take to notice. */
const SETTLING_MS = 3_000;
/** Of a processor: less is the capacity of something else. */
const SATURATED = 0.9;
const NORMAL_WITHIN_MS = 30_000;

interface Kind {
  readonly asked: number;
  readonly answered: number;
  readonly refused: number;
  readonly lost: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Phase {
  readonly offeredPerSecond: number;
  readonly answeredPerSecond: number;
  readonly hits: Kind;
  readonly misses: Kind;
}

function quantile(sorted: readonly number[], share: number): number {
  return Math.round((sorted[Math.floor(sorted.length * share)] ?? 0) * 100) / 100;
}

/** An answer that somebody still waited for. */
function isUseful({ fate, tookMs }: Asked): boolean {
  return fate === 200 && tookMs <= PATIENCE_MS;
}

function kindOf(asked: readonly Asked[], kind: string): Kind {
  const own = asked.filter((one) => one.kind === kind);
  const times = own.filter(isUseful).map(({ tookMs }) => tookMs);
  times.sort((a, b) => a - b);
  const refused = own.filter(({ fate }) => fate === 503).length;
  return {
    ...{ asked: own.length, answered: times.length, refused, lost: own.length - times.length - refused },
    ...{ p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99) },
  };
}

function phaseOf(asked: readonly Asked[], forMs: number): Phase {
  const answered = asked.filter(isUseful).length;
  return {
    offeredPerSecond: Math.round((asked.length * 1_000) / forMs),
    answeredPerSecond: Math.round((answered * 1_000) / forMs),
    hits: kindOf(asked, "hit"),
    misses: kindOf(asked, "miss"),
  };
}

/** When the last second began that was not as before, counted from the first request. */
function normalAfterMs(asked: readonly Asked[], baseline: Phase): number {
  const startMs = asked.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY);
  let normalMs = 0;
  for (let fromMs = 0; fromMs < AFTER_MS; fromMs += 1_000) {
    const second = asked.filter(({ dueMs }) => dueMs >= startMs + fromMs && dueMs < startMs + fromMs + 1_000);
    const { hits, misses } = phaseOf(second, 1_000);
    const short = hits.answered + misses.answered < 0.99 * second.length;
    if (short || hits.p50Ms > 2 * Math.max(1, baseline.hits.p50Ms)) normalMs = fromMs + 1_000;
  }
  return normalMs;
}

const PAGE = `HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nContent-Length: 1024\r\n\r\n${"x".repeat(1_024)}`;

/** An origin that costs next to nothing: it answers each head, which comes in one piece. */
function origin(socket: Socket): void {
  socket.on("error", () => {});
  socket.on("data", () => socket.write(PAGE));
}

async function processorSeconds(adminPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  return [...text.matchAll(/^process_cpu_\w*seconds_total(?:\{[^}]*\})? (\S+)/gm)].reduce(
    (sum, [, value]) => sum + Number(value),
    0,
  );
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const server = createServer({ noDelay: true }, origin).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const originPort = address !== null && typeof address === "object" ? address.port : 0;
  const [port, adminPort] = [await freePort(), await freePort()];
  const words = ["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`];
  // What is started while we are on one processor stays there.
  const pinned = pinnedTo(0);
  const edge = await antipode([...words, "--admin", `127.0.0.1:${adminPort}`, "--memory", "64mb"], /READY/);
  pinnedTo(1);
  const random = seededRandom(11);
  let pages = 0;
  const next = (): { kind: string; path: string } => {
    if (random() < HIT_SHARE) return { kind: "hit", path: `/page/${Math.floor(random() * HIT_PAGES)}` };
    pages += 1;
    return { kind: "miss", path: `/new/${pages}` };
  };
  const crowd = new Crowd(port, CONNECTIONS, next);
  const busy = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
    const own = process.cpuUsage();
    const [before, startMs] = [await processorSeconds(adminPort), performance.now()];
    const done = await work();
    const seconds = (performance.now() - startMs) / 1_000;
    const { user, system } = process.cpuUsage(own);
    context.log(`the clients: ${Math.round((user + system) / seconds / 10_000)} % of a processor`);
    return [done, Math.round((((await processorSeconds(adminPort)) - before) / seconds) * 100) / 100];
  };
  try {
    await crowd.closed(CLOSED_CLIENTS, WARM_UP_MS);
    const [closed, capacityBusy] = await busy(() => crowd.closed(CLOSED_CLIENTS, CAPACITY_MS));
    const capacity = phaseOf(closed, CAPACITY_MS);
    const rate = capacity.answeredPerSecond;
    context.log(`capacity ${rate}/s, edge ${capacityBusy} of a processor`);
    // All connections are opened before anything is measured on them.
    await crowd.open(NORMAL_SHARE * rate, WARM_UP_MS, context.signal);
    const [normal] = await busy(() => crowd.open(NORMAL_SHARE * rate, NORMAL_MS, context.signal));
    const baseline = phaseOf(normal, NORMAL_MS);
    context.log(`baseline ${JSON.stringify(baseline)}`);
    const [pressed, overloadBusy] = await busy(() => crowd.open(OVERLOAD_SHARE * rate, OVERLOAD_MS, context.signal));
    const overload = phaseOf(pressed, OVERLOAD_MS);
    context.log(`overload ${JSON.stringify(overload)}, edge ${overloadBusy} of a processor`);
    const startMs = pressed.reduce((least, { dueMs }) => Math.min(least, dueMs), Number.POSITIVE_INFINITY);
    const settled = phaseOf(
      pressed.filter(({ dueMs }) => dueMs >= startMs + SETTLING_MS),
      OVERLOAD_MS - SETTLING_MS,
    );
    const afterwards = await crowd.open(NORMAL_SHARE * rate, AFTER_MS, context.signal);
    const after = phaseOf(afterwards, AFTER_MS);
    const normalMs = normalAfterMs(afterwards, baseline);
    const ratios = {
      offered: overload.offeredPerSecond / rate,
      goodput: overload.answeredPerSecond / rate,
      hitsP99: settled.hits.p99Ms / baseline.hits.p99Ms,
      hitsP99FromTheFirstMoment: overload.hits.p99Ms / baseline.hits.p99Ms,
    };
    const passed =
      capacityBusy >= SATURATED &&
      ratios.offered >= 0.95 * OVERLOAD_SHARE &&
      ratios.goodput >= 0.9 &&
      ratios.hitsP99 <= 5 &&
      normalMs <= NORMAL_WITHIN_MS;
    return {
      ...{ passed, pinned, ratios, normalAfterMs: normalMs, settlingMs: SETTLING_MS },
      ...{ edgeProcessors: { capacity: capacityBusy, overload: overloadBusy } },
      ...{ capacity, baseline, overload, settled, after },
    };
  } finally {
    crowd.leave();
    await edge.stop();
    server.close();
  }
}
