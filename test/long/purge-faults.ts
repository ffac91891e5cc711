/**
 * Purges while edges are killed, stopped, cut off and restarted at random: none is lost, and nothing old is served once an
 * edge has said that it has applied a purge. Then the same for a short while with edges whose comparison is switched off:
 * there the checker must find violations. PURGES, SEED: less of it, or another one.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../hostile/mutate.ts";
import type { LongContext } from "../long-run.ts";
import { Checker } from "../purge/checker.ts";
import { type CuttablePath, cuttablePath } from "../purge/cuttable-path.ts";
import { appliedBy, killed, type RealEdge, type RealFleet, realFleet } from "../purge/real-fleet.ts";

/** Its evidence file. */
export const name = "purge-faults";
/** For the list. */
export const summary =
  "purges with random kills, stops, partitions and restarts of real edges: none lost, nothing old after applied";

const PURGES = Number(process.env.PURGES ?? 10_000);
const BLIND_PURGES = Math.min(300, PURGES);
const SEED = Number(process.env.SEED ?? 1);
const EDGES = 4;
const TARGETS = 200;
/** Purges on their way at a time. */
const AT_ONCE = 48;
const READERS_PER_EDGE = 2;
const WAIT_MS = 1_000;
const PRELOAD = path.join(import.meta.dirname, "..", "purge", "without-comparison.ts");

/** Runs it. */
export async function run({ log, signal }: LongContext): Promise<object> {
  const honest = await oneRun({ purges: PURGES, env: {}, log, signal });
  const blind = await oneRun({ purges: BLIND_PURGES, env: { NODE_OPTIONS: `--import=${PRELOAD}` }, log, signal });
  const passed = honest.violations === 0 && honest.lost === 0 && blind.violations > 0;
  return { passed, seed: SEED, edges: EDGES, honest, withoutComparison: blind };
}

interface OneRun extends Pick<LongContext, "log" | "signal"> {
  readonly purges: number;
  readonly env: Readonly<Record<string, string>>;
}

async function oneRun({ purges, env, log, signal }: OneRun) {
  const paths = new Map<string, CuttablePath>();
  const controlFor = async (id: string, url: string) => {
    const way = await cuttablePath(url);
    paths.set(id, way);
    return way.url;
  };
  const fleet = await realFleet({ edges: EDGES, env, controlFor, disk: true });
  const state = { isOver: false, faults: { kill: 0, restart: 0, stop: 0, partition: 0 } };
  const checker = new Checker();
  try {
    // Everything is stored everywhere, so that every purge has something old to reach.
    for (const edge of fleet.edges) for (let index = 0; index < TARGETS; index += 1) await edge.get(`/key-${index}`);
    const readers = fleet.edges.flatMap((edge) =>
      Array.from({ length: READERS_PER_EDGE }, (_, index) => read(edge, checker, state, seededRandom(SEED + index))),
    );
    const faults = fleet.edges.map((edge, index) =>
      disturb(edge, paths.get(edge.id), state, seededRandom(SEED * 31 + index)),
    );
    const random = seededRandom(SEED * 7);
    let left = purges;
    const writers = Array.from({ length: AT_ONCE }, async () => {
      while (left > 0 && !signal.aborted) {
        left -= 1;
        if (left % 1_000 === 0) log(`${left} purges to go; ${checker.violations.length} violations`);
        await purgeOne(fleet, checker, `/key-${Math.floor(random() * TARGETS)}`);
      }
    });
    await Promise.all(writers);
    state.isOver = true;
    await Promise.all([...readers, ...faults]);
    const lost = await lostIn(fleet, checker);
    const violations = checker.violations.length;
    log(
      `${purges} purges, ${JSON.stringify(state.faults)}: ${lost} lost, ${violations} violations in ${checker.checked}`,
    );
    const examples = checker.violations.slice(0, 5);
    return { purges, faults: state.faults, answersChecked: checker.checked, violations, lost, examples };
  } finally {
    state.isOver = true;
    await fleet.stop();
    for (const way of paths.values()) way.close();
  }
}

/** Edits the content, purges it, and asks every edge that is said to have applied it. */
async function purgeOne(fleet: RealFleet, checker: Checker, target: string): Promise<void> {
  const version = (fleet.versions.get(target) ?? 0) + 1;
  fleet.versions.set(target, version);
  const body = { site: "shop", urls: [`http://shop.example${target}`], waitMs: WAIT_MS };
  const receipt = await fleet.ask("POST", "/v1/purge", body);
  const seq = Number(String(receipt.position).split(":")[1]);
  checker.purged(seq, target, version);
  for (const id of appliedBy(receipt)) checker.applied(id, seq);
  await Promise.all(
    fleet.edges.filter(({ id }) => appliedBy(receipt).has(id)).map((edge) => look(edge, checker, target)),
  );
}

async function look(edge: RealEdge, checker: Checker, target: string): Promise<number> {
  const floor = checker.floor(edge.id, target);
  const { version } = await edge.get(target);
  checker.answered(edge.id, target, floor, version);
  return version;
}

interface State {
  isOver: boolean;
  readonly faults: { kill: number; restart: number; stop: number; partition: number };
}

/** Asks for this and that, so that there is always something old to be served. */
async function read(edge: RealEdge, checker: Checker, state: State, random: () => number): Promise<void> {
  while (!state.isOver) {
    const version = await look(edge, checker, `/key-${Math.floor(random() * TARGETS)}`);
    await sleep(version < 0 ? 50 : 5);
  }
}

/** Does one thing after the other to an edge, and leaves it well. */
async function disturb(
  edge: RealEdge,
  way: CuttablePath | undefined,
  state: State,
  random: () => number,
): Promise<void> {
  while (!state.isOver) {
    await sleep(500 + random() * 3_500);
    if (state.isOver) return;
    const choice = random();
    const lastsMs = 300 + random() * 3_000;
    if (choice < 0.25) {
      state.faults.kill += 1;
      await killed(edge.child);
      await sleep(lastsMs / 3);
      await edge.start();
    } else if (choice < 0.4) {
      state.faults.restart += 1;
      const gone = new Promise((resolve) => edge.child.once("exit", resolve));
      edge.child.kill("SIGTERM");
      await Promise.race([gone, sleep(10_000)]);
      await killed(edge.child);
      await edge.start();
    } else if (choice < 0.7) {
      state.faults.stop += 1;
      edge.child.kill("SIGSTOP");
      await sleep(lastsMs);
      edge.child.kill("SIGCONT");
    } else {
      state.faults.partition += 1;
      way?.cut();
      await sleep(lastsMs);
      way?.heal();
    }
  }
}

/** When all is well again, every edge has the newest of everything. How often one has not. */
async function lostIn(fleet: RealFleet, checker: Checker): Promise<number> {
  const { position } = await fleet.ask("POST", "/v1/purge", { site: "shop", tags: ["the last one"] });
  const endMs = performance.now() + 60_000;
  const seq = Number(String(position).split(":")[1]);
  const well = new Set<string>();
  while (well.size < fleet.edges.length && performance.now() < endMs) {
    await sleep(200);
    for (const id of appliedBy(await fleet.ask("GET", `/v1/purges/${position}`))) well.add(id);
  }
  for (const id of well) checker.applied(id, seq);
  let lost = 0;
  for (const edge of fleet.edges)
    for (const [target, version] of fleet.versions) if ((await look(edge, checker, target)) !== version) lost += 1;
  return lost;
}
