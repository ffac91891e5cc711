/** A control and its fleet on loopback: how long appends take, how soon the last of 20 edges has them, restarts, 1,000 followers. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { defaultSettings } from "../../core/config/settings.ts";
import type { NodeDisk } from "../../core/ledger/follow-ports.ts";
import { controlLink } from "../../runtime/node/control-link.ts";
import { siteConfig } from "../ledger/control-under-test.ts";
import { type FollowerUnderTest, followerUnderTest } from "../ledger/follower-under-test.ts";
import type { LongContext } from "../long-run.ts";

/** Its evidence file. */
export const name = "ledger-fleet";
/** For the list. */
export const summary = "appends, adoption by 20 edges, 100 edges that restart at once, memory with 1,000 followers";

const MAIN = path.join(import.meta.dirname, "..", "..", "cli", "main.ts");
const EDGES = 20;
const APPENDS = Number(process.env.APPENDS ?? 1_000);
const CONFIGS = 100;
const PAUSE_MS = 20;
const RESTARTING = 100;
const FOLLOWERS = 1_000;

/** Runs it. */
export async function run({ log }: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-fleet-"));
  const control = await startedControl(folder);
  const nodes: FollowerUnderTest[] = [];
  try {
    const disks = new Map<string, NodeDisk>();
    const join = (id: string) => {
      const disk = disks.get(id) ?? memoryDisk();
      disks.set(id, disk);
      const extra = { settings: defaultSettings };
      return followerUnderTest({ id, urls: [control.url], joinToken: control.joinToken, disk, extra });
    };
    await control.ask("PUT", "/v1/sites/shop", siteConfig("shop.example"));
    const alone = await measured(control, [], APPENDS / 2, purgeOf);
    log(`alone ${JSON.stringify(alone)}`);
    for (let index = 0; index < RESTARTING; index += 1) nodes.push(await join(`edge-${index}`));
    await until(() => nodes.every(({ follower }) => follower.standing.confirmedAtMs !== undefined));
    for (const node of nodes.slice(EDGES)) node.follower.stop();
    const purges = await measured(control, nodes.slice(0, EDGES), APPENDS, purgeOf);
    log(`purges ${JSON.stringify(purges)}`);
    const configs = await measured(control, nodes.slice(0, EDGES), CONFIGS, (index) => [
      "PUT",
      "/v1/sites/shop",
      siteConfig("shop.example", index + 1),
    ]);
    log(`configs ${JSON.stringify(configs)}`);
    for (const node of nodes) node.follower.stop();
    const restart = await restartAll(control, nodes, join);
    log(`restart ${JSON.stringify(restart)}`);
    for (const node of nodes) node.follower.stop();
    const followers = await manyFollowers(control);
    log(`followers ${JSON.stringify(followers)}`);
    const passed =
      alone.answeredMs.p99 <= 10 &&
      purges.lastEdgeMs.p99 <= 100 &&
      configs.lastEdgeMs.p99 <= 2_000 &&
      restart.confirmedMs.p99 <= 1_000 &&
      followers.residentMiB <= 300;
    const disk = "the edges' disks are in memory: each edge has one of its own, and this machine has one for all";
    return { passed, disk, alone, purges, configs, restart, followers };
  } finally {
    for (const node of nodes) node.remove();
    control.stop();
    rmSync(folder, { recursive: true });
  }
}

function purgeOf(index: number): Write {
  return ["POST", "/v1/purge", { site: "shop", tags: [`t${index % 100}`] }];
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

interface Control {
  readonly url: string;
  readonly joinToken: string;
  readonly pid: number;
  ask(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  stop(): void;
}

async function startedControl(folder: string): Promise<Control> {
  const child = spawn(process.execPath, [MAIN, "control", "--data", folder, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    said += part;
  });
  await until(() => said.includes("READY"));
  const url = `http://${/http=(\S+)/.exec(said)?.[1]}`;
  const read = (file: string) => readFileSync(path.join(folder, file), "utf8").trim();
  const headers = { authorization: `Bearer ${read("admin.token")}`, "content-type": "application/json" };
  const ask = async (method: string, where: string, body?: unknown) => {
    const response = await fetch(url + where, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(json));
    return typeof json === "object" && json !== null ? { ...json } : {};
  };
  return { url, joinToken: read("join.token"), pid: child.pid ?? 0, ask, stop: () => child.kill("SIGKILL") };
}

type Write = readonly [method: string, path: string, body: unknown];

/** Writes one after the other; when it was answered, and when the last of the nodes had adopted it. */
async function measured(
  control: Control,
  nodes: readonly FollowerUnderTest[],
  count: number,
  write: (index: number) => Write,
) {
  const adoptedAtMs = new Map<string, number[]>();
  for (const node of nodes) {
    node.onAdopt(({ position: { epoch, seq } }) => {
      const key = `${epoch}:${seq}`;
      adoptedAtMs.set(key, [...(adoptedAtMs.get(key) ?? []), performance.now()]);
    });
  }
  const answered: number[] = [];
  const last: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    const { position } = await control.ask(...write(index));
    answered.push(performance.now() - startedMs);
    const key = String(position);
    await until(() => (adoptedAtMs.get(key) ?? []).length === nodes.length);
    last.push(Math.max(startedMs, ...(adoptedAtMs.get(key) ?? [])) - startedMs);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return { count, nodes: nodes.length, answeredMs: quantiles(answered), lastEdgeMs: quantiles(last) };
}

async function restartAll(
  control: Control,
  nodes: FollowerUnderTest[],
  join: (id: string) => Promise<FollowerUnderTest>,
) {
  await control.ask("POST", "/v1/purge", { site: "shop", all: true });
  const startedMs = performance.now();
  const confirmed: number[] = [];
  const again = await Promise.all(nodes.map((_, index) => join(`edge-${index}`)));
  nodes.splice(0, nodes.length, ...again);
  await until(() => {
    const done = again.filter(({ follower }) => follower.standing.confirmedAtMs !== undefined).length;
    while (confirmed.length < done) confirmed.push(performance.now() - startedMs);
    return done === again.length;
  });
  return { nodes: again.length, confirmedMs: quantiles(confirmed) };
}

async function manyFollowers(control: Control) {
  const { token } = await control.ask("POST", "/v1/tokens", { id: "reader", scopes: ["read"] });
  const link = controlLink(undefined);
  let entries = 0;
  const feeds = Array.from({ length: FOLLOWERS }, () =>
    link.follow(control.url, {
      ...{ token: String(token), after: undefined, hash: undefined, wantsFleet: false },
      ...{ silenceMs: 60_000, connectMs: 30_000 },
      onEvent: ({ type }) => {
        if (type === "entry") entries += 1;
      },
    }),
  );
  const APPENDED = 50;
  for (let index = 0; index < APPENDED; index += 1)
    await control.ask("POST", "/v1/purge", { site: "shop", tags: [`m${index}`] });
  await until(() => entries >= 0.9 * FOLLOWERS * APPENDED || entries === -1, 20_000);
  const status = readFileSync(`/proc/${control.pid}/status`, "utf8");
  const kibibytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  for (const feed of feeds) feed.cancel();
  return {
    ...{ followers: FOLLOWERS, appended: APPENDED, entriesReceived: entries },
    residentMiB: Math.round(kibibytes("VmRSS") / 1_024),
    highestMiB: Math.round(kibibytes("VmHWM") / 1_024),
  };
}

async function until(condition: () => boolean, maxMs = 30_000): Promise<void> {
  const endMs = performance.now() + maxMs;
  while (!condition() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 1));
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}
