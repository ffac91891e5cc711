/**
 * How soon the last of 20 edges has applied a purge, at 50 purges a second, measured from outside: each key was a hit at
 * each edge just before, and what is asked for when the receipt says applied must not be old. And 100,000 tags in one call.
 * PURGES, EDGES: less of it.
 */
import type { LongContext } from "../long-run.ts";
import { appliedBy, type RealFleet, realFleet } from "../purge/real-fleet.ts";

/** Its evidence file. */
export const name = "purge-speed";
/** For the list. */
export const summary = "purges at 20 edges: request to last edge applied, and nothing old is served after the receipt";

const EDGES = Number(process.env.EDGES ?? 20);
const PURGES = Number(process.env.PURGES ?? 500);
const EVERY_MS = Number(process.env.EVERY_MS ?? 20);
const WAIT_MS = 5_000;
/** Warm-up requests at one edge at a time. */
const AT_ONCE = 8;
const MANY_TAGS = 100_000;

/** Runs it. */
export async function run({ log }: LongContext): Promise<object> {
  const fleet = await realFleet({ edges: EDGES, statesInMemory: true });
  try {
    log(`${EDGES} edges are up`);
    const targets = Array.from({ length: PURGES }, (_, index) => `/key-${index}`);
    const notHit = await warm(fleet, targets);
    log(`${targets.length} keys are stored at each edge; ${notHit} were not hits`);
    const results = await paced(targets, (target) => purgeOne(fleet, target));
    const tookMs = results.map((one) => one.tookMs);
    const stale = results.reduce((sum, one) => sum + one.stale, 0);
    const failed = results.reduce((sum, one) => sum + one.failed, 0);
    const unapplied = results.reduce((sum, one) => sum + one.unapplied, 0);
    const appliedMs = quantiles(tookMs);
    log(`applied everywhere after ${JSON.stringify(appliedMs)} ms; stale ${stale}`);
    const manyTagsMs = await manyTags(fleet);
    const isFast = appliedMs.p50 <= 20 && appliedMs.p99 <= 100 && manyTagsMs.answered <= 1_000;
    const isRight = stale === 0 && failed === 0 && unapplied === 0 && notHit === 0;
    const disks = "states of edges are in memory: this machine has one disk for all; control's is on it";
    const about = { disks, edges: EDGES, purges: PURGES, perSecond: 1_000 / EVERY_MS };
    return { passed: isFast && isRight, ...about, appliedMs, stale, failed, unapplied, notHit, manyTagsMs };
  } finally {
    await fleet.stop();
  }
}

/** Stores everything at every edge, and looks that it is a hit there. How many were not. */
async function warm({ edges }: RealFleet, targets: readonly string[]): Promise<number> {
  let notHit = 0;
  for (const edge of edges) {
    for (let at = 0; at < targets.length; at += AT_ONCE) {
      const some = targets.slice(at, at + AT_ONCE);
      await Promise.all(some.map((target) => edge.get(target)));
      const again = await Promise.all(some.map((target) => edge.get(target)));
      notHit += again.filter(({ isHit, version }) => !isHit || version !== 0).length;
    }
  }
  return notHit;
}

/** One every 20 ms, whether those before are done or not. */
async function paced<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const startedMs = performance.now();
  return await Promise.all(
    items.map(async (item, index) => {
      const inMs = startedMs + index * EVERY_MS - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, inMs)));
      return await work(item);
    }),
  );
}

async function purgeOne({ edges, versions, ask }: RealFleet, target: string) {
  versions.set(target, 1);
  const startedMs = performance.now();
  const body = { site: "shop", urls: [`http://shop.example${target}`], waitMs: WAIT_MS };
  const receipt = await ask("POST", "/v1/purge", body);
  const tookMs = performance.now() - startedMs;
  const applied = appliedBy(receipt);
  const answers = await Promise.all(edges.filter(({ id }) => applied.has(id)).map((edge) => edge.get(target)));
  return {
    tookMs,
    unapplied: edges.length - applied.size,
    stale: answers.filter(({ version }) => version === 0).length,
    failed: answers.filter(({ version }) => version < 0).length,
  };
}

async function manyTags({ ask }: RealFleet) {
  const tags = Array.from({ length: MANY_TAGS }, (_, index) => `tag-${index}`);
  const startedMs = performance.now();
  const { position } = await ask("POST", "/v1/purge", { site: "shop", tags });
  const answered = Math.round(performance.now() - startedMs);
  let applied = 0;
  while (applied < EDGES && performance.now() - startedMs < 60_000) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    applied = appliedBy(await ask("GET", `/v1/purges/${position}`)).size;
  }
  return { answered, appliedByAll: Math.round(performance.now() - startedMs), applied };
}

function quantiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}
