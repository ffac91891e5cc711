/**
 * Nodes behind ways that swallow everything, as a partition does (no reset, connections half open), then heal; and a control
 * that is restored from an old backup. A node has caught up within 3 s of the healing, and nothing is served from a lost history.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultSettings } from "../../core/config/settings.ts";
import { type ControlProcess, controlProcess } from "../ledger/control-process.ts";
import { siteConfig } from "../ledger/control-under-test.ts";
import { type FollowerUnderTest, followerUnderTest } from "../ledger/follower-under-test.ts";
import { type Way, wayTo } from "../ledger/way.ts";
import type { LongContext } from "../long-run.ts";

/** Its evidence file. */
export const name = "ledger-faults";
/** For the list. */
export const summary = "partitions of 1 s to a minute (LONGEST_S=600: ten), and a control restored from an old backup";

const LONGEST_S = Number(process.env.LONGEST_S ?? 60);
const CUTS_S = [1, 2, 5, 10, 30, 60, 180, 600].filter((seconds) => seconds <= LONGEST_S);
/** Nodes behind each cut: their random waits differ. */
const NODES = 4;
const CAUGHT_UP_MS = 3_000;

/** Runs it. */
export async function run({ log, signal }: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-faults-"));
  const data = path.join(folder, "control");
  const control = await controlProcess(data);
  const joinToken = readFileSync(path.join(data, "join.token"), "utf8").trim();
  const bench: Bench = { control, joinToken, closing: [], signal };
  try {
    await control.ask("PUT", "/v1/sites/shop", siteConfig("shop.example"));
    const cuts = await Promise.all(
      CUTS_S.flatMap((cutS) =>
        (["both ways", "to control", "to the node"] as const).map((lost) => partition(bench, cutS, lost)),
      ),
    );
    for (const cut of cuts) log(JSON.stringify(cut));
    const restored = await restoredBackup(bench, folder);
    log(JSON.stringify(restored));
    const worstMs = Math.max(...cuts.map(({ worstMs: ms }) => ms));
    const passed = worstMs <= CAUGHT_UP_MS && restored.newEpoch && restored.everyNodeHasFloor && restored.writesHold;
    return { passed, worstCaughtUpMs: worstMs, nodesPerCut: NODES, cuts, restored };
  } finally {
    for (const close of bench.closing) close();
    await bench.control.kill();
    rmSync(folder, { recursive: true });
  }
}

interface Bench {
  control: ControlProcess;
  readonly joinToken: string;
  readonly closing: (() => void)[];
  readonly signal: AbortSignal;
}

let nodes = 0;

async function nodeBehind(bench: Bench, way: Way): Promise<FollowerUnderTest> {
  nodes += 1;
  const { joinToken } = bench;
  const extra = { settings: defaultSettings };
  const node = await followerUnderTest({ id: `node-${nodes}`, urls: [way.url], joinToken, extra });
  bench.closing.push(node.remove);
  await until(() => node.follower.standing.confirmedAtMs !== undefined, 30_000);
  return node;
}

/** Cut, write, heal: how long until each node has adopted what was written. */
async function partition(bench: Bench, cutS: number, lost: "both ways" | "to control" | "to the node") {
  const way = await wayTo(Number(new URL(bench.control.url).port));
  bench.closing.push(way.close);
  const behind = await Promise.all(Array.from({ length: NODES }, () => nodeBehind(bench, way)));
  way.swallow({ toControl: lost !== "to the node", toNode: lost !== "to control" });
  await pause(cutS * 500);
  const { position } = await bench.control.ask("POST", "/v1/purge", { site: "shop", tags: [`cut-${cutS}`] });
  await pause(cutS * 500);
  bench.signal.throwIfAborted();
  const healedMs = performance.now();
  way.swallow({ toControl: false, toNode: false });
  const times = await Promise.all(
    behind.map(async ({ follower }) => {
      await until(() => isAt(follower.standing.position, String(position)), 20_000);
      return performance.now() - healedMs;
    }),
  );
  return { cutSeconds: cutS, lost, worstMs: Math.round(Math.max(...times)) };
}

/** The data folder of earlier is put back. Nodes that are ahead prove it; control begins a new epoch, and all stored before is stale. */
async function restoredBackup(bench: Bench, folder: string) {
  const way = await wayTo(Number(new URL(bench.control.url).port));
  bench.closing.push(way.close);
  const behind = await Promise.all(Array.from({ length: NODES }, () => nodeBehind(bench, way)));
  const data = path.join(folder, "control");
  const backup = path.join(folder, "backup");
  const port = Number(new URL(bench.control.url).port);
  await bench.control.kill();
  cpSync(data, backup, { recursive: true });
  bench.control = await controlProcess(data, port);
  const { position } = await bench.control.ask("POST", "/v1/purge", { site: "shop", tags: ["lost"] });
  await until(() => behind.every(({ follower }) => isAt(follower.standing.position, String(position))), 20_000);
  await bench.control.kill();
  rmSync(data, { recursive: true });
  cpSync(backup, data, { recursive: true });
  const startedMs = performance.now();
  bench.control = await controlProcess(data, port);
  const epochs = () => behind.map(({ follower }) => String(follower.standing.position).split(":")[0]);
  const [before] = String(position).split(":");
  await until(() => epochs().every((epoch) => epoch !== before), 20_000);
  const healedMs = Math.round(performance.now() - startedMs);
  const again = await bench.control.ask("POST", "/v1/purge", { site: "shop", tags: ["again"] });
  await until(() => behind.every(({ follower }) => isAt(follower.standing.position, String(again.position))), 20_000);
  return {
    newEpoch: new Set(epochs()).size === 1 && epochs()[0] !== before,
    everyNodeHasFloor: behind.every((node) => node.snapshot()?.floor !== undefined),
    writesHold: behind.every(({ follower }) => isAt(follower.standing.position, String(again.position))),
    healedMs,
  };
}

/** Positions compare as texts of equal epochs do: by number. */
function isAt(position: string | undefined, wanted: string): boolean {
  const [epoch, seq] = String(position).split(":");
  const [wantedEpoch, wantedSeq] = wanted.split(":");
  return epoch === wantedEpoch && Number(seq) >= Number(wantedSeq);
}

async function until(condition: () => boolean, maxMs: number): Promise<void> {
  const endMs = performance.now() + maxMs;
  while (!condition() && performance.now() < endMs) await pause(5);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
