/**
 * Followers in a process of their own, so that what they do does not count against control. Orders and reports are messages
 * of the parent's IPC channel; times are milliseconds since the Unix epoch.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { defaultSettings } from "../../core/config/settings.ts";
import type { NodeDisk } from "../../core/ledger/follow-ports.ts";
import { type FollowerUnderTest, followerUnderTest } from "./follower-under-test.ts";

const [, , url = "", folder = ""] = process.argv;
const joinToken = readFileSync(path.join(folder, "join.token"), "utf8").trim();
const disks = new Map<string, NodeDisk>();
let nodes: FollowerUnderTest[] = [];
let adopted = new Map<string, number[]>();

process.on("message", async (message) => {
  const [order, count] = String(message).split(" ");
  if (order === "start") await start(Number(count));
  if (order === "stop") stopAll();
  if (order === "forget") adopted = new Map();
  if (order === "report") report();
  if (order === "end") process.exit(0);
  process.send?.({ done: order });
});

/** All at once; settles when control has vouched for what each holds. */
async function start(count: number): Promise<void> {
  stopAll();
  const startedMs = performance.now();
  const confirmedMs: number[] = [];
  nodes = await Promise.all(Array.from({ length: count }, (_, index) => startedNode(`edge-${index}`)));
  while (confirmedMs.length < count) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const done = nodes.filter(({ follower }) => follower.standing.confirmedAtMs !== undefined).length;
    while (confirmedMs.length < done) confirmedMs.push(performance.now() - startedMs);
  }
  process.send?.({ confirmedMs });
}

async function startedNode(id: string): Promise<FollowerUnderTest> {
  const disk = disks.get(id) ?? memoryDisk();
  disks.set(id, disk);
  const node = await followerUnderTest({ id, urls: [url], joinToken, disk, extra: { settings: defaultSettings } });
  node.onAdopt(({ position: { epoch, seq } }) => {
    const key = `${epoch}:${seq}`;
    adopted.set(key, [...(adopted.get(key) ?? []), Date.now()]);
  });
  return node;
}

function stopAll(): void {
  for (const node of nodes.splice(0)) node.remove();
}

/** When the last of the followers had adopted each position. A position that some passed over has no line. */
function report(): void {
  const lastMs = [...adopted]
    .filter(([, times]) => times.length === nodes.length)
    .map(([position, times]) => [position, Math.max(...times)] as const);
  process.send?.({ lastMs: Object.fromEntries(lastMs) });
}

function memoryDisk(): NodeDisk {
  const files = new Map<string, string>();
  return {
    load: async (file) => files.get(file),
    save: async (file, text) => void files.set(file, text),
    append: async (file, text) => void files.set(file, (files.get(file) ?? "") + text),
    loadNow: (file) => files.get(file),
    saveNow: (file, text) => void files.set(file, text),
  };
}
