/** A control and its fleet on loopback: how long appends take, how soon the last of 20 edges has them, restarts, 1,000 followers. */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { controlLink } from "../../runtime/node/control-link.ts";
import { type ControlProcess, controlProcess } from "../ledger/control-process.ts";
import { siteConfig } from "../ledger/control-under-test.ts";
import type { LongContext } from "../long-run.ts";

/** Its evidence file. */
export const name = "ledger-fleet";
/** For the list. */
export const summary = "appends, adoption by 20 edges, 100 edges that restart at once, memory with 1,000 followers";

const CHILD = path.join(import.meta.dirname, "..", "ledger", "followers-child.ts");
const EDGES = 20;
const APPENDS = Number(process.env.APPENDS ?? 1_000);
const CONFIGS = 100;
const PAUSE_MS = 20;
const RESTARTING = 100;
const FOLLOWERS = 1_000;

/** Runs it. */
export async function run({ log }: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-fleet-"));
  let control = await controlProcess(folder);
  let fleet = new Fleet(fork(CHILD, [control.url, folder]));
  const logged = <T>(what: string, value: T): T => {
    log(`${what} ${JSON.stringify(value)}`);
    return value;
  };
  try {
    await control.ask("PUT", "/v1/sites/shop", siteConfig("shop.example"));
    await writes(control, 100, purgeOf);
    const alone = logged("alone", await writes(control, APPENDS, purgeOf));
    const together = logged("16 writers", await writersTogether(control));
    await fleet.start(EDGES);
    const purges = logged("purges", await adoptions(control, fleet, APPENDS, purgeOf));
    const configs = logged("configs", await adoptions(control, fleet, CONFIGS, configOf));
    await fleet.start(RESTARTING);
    await fleet.order("stop");
    await control.ask("POST", "/v1/purge", { site: "shop", all: true });
    const restart = logged("restart", await restarts(control, fleet));
    // A fresh control over the same ledger: what it takes for its followers, not what thousands of writes have left behind.
    fleet.end();
    await control.kill();
    control = await controlProcess(folder);
    fleet = new Fleet(fork(CHILD, [control.url, folder]));
    const followers = logged("followers", await manyFollowers(control));
    const passed =
      alone.answeredMs.p99 <= 10 &&
      purges.missed === 0 &&
      purges.lastEdgeMs.p99 <= 100 &&
      configs.lastEdgeMs.p99 <= 2_000 &&
      restart.controlAnswersMs.p99 <= 1_000 &&
      followers.residentMiB <= 300;
    const disk = "the edges' disks are in memory: each edge has one of its own, and this machine has one for all";
    return { passed, disk, alone, together, purges, configs, restart, followers };
  } finally {
    fleet.end();
    await control.kill();
    rmSync(folder, { recursive: true });
  }
}

type Write = readonly [method: string, path: string, body: unknown];

function purgeOf(index: number): Write {
  return ["POST", "/v1/purge", { site: "shop", tags: [`t${index % 100}`] }];
}

function configOf(index: number): Write {
  return ["PUT", "/v1/sites/shop", siteConfig("shop.example", index + 1)];
}

/** The process with the followers. */
class Fleet {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Settles with what the followers reported while they carried it out. */
  order(text: string): Promise<Readonly<Record<string, unknown>>> {
    return new Promise((resolve) => {
      let reported: Readonly<Record<string, unknown>> = {};
      const hear = (message: unknown): void => {
        if (typeof message !== "object" || message === null) return;
        if (!("done" in message)) reported = { ...message };
        else if (message.done === text.split(" ")[0]) {
          this.#child.off("message", hear);
          resolve(reported);
        }
      };
      this.#child.on("message", hear);
      this.#child.send(text);
    });
  }

  /** Milliseconds until control had vouched for what each of so many edges holds. */
  async start(count: number): Promise<readonly number[]> {
    const { confirmedMs } = await this.order(`start ${count}`);
    return Array.isArray(confirmedMs) ? confirmedMs.map(Number) : [];
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Writes one after the other: milliseconds until each was answered. */
async function writes(control: ControlProcess, count: number, write: (index: number) => Write) {
  const answered: number[] = [];
  const began = control.processorMs();
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    await control.ask(...write(index));
    answered.push(performance.now() - startedMs);
  }
  return { count, answeredMs: quantiles(answered), processorMsEach: (control.processorMs() - began) / count };
}

async function writersTogether(control: ControlProcess) {
  const WRITERS = 16;
  const each = Math.ceil(APPENDS / WRITERS);
  const startedMs = performance.now();
  const all = await Promise.all(Array.from({ length: WRITERS }, () => writes(control, each, purgeOf)));
  const perSecond = Math.round((WRITERS * each) / ((performance.now() - startedMs) / 1_000));
  return { writers: WRITERS, perSecond, worstP99Ms: Math.max(...all.map(({ answeredMs }) => answeredMs.p99)) };
}

/** Writes with a pause: until each was answered, and until the last of the edges had adopted it. */
async function adoptions(control: ControlProcess, fleet: Fleet, count: number, write: (index: number) => Write) {
  await fleet.order("forget");
  const startedMs = new Map<string, number>();
  const answered: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const nowMs = Date.now();
    const { position } = await control.ask(...write(index));
    startedMs.set(String(position), nowMs);
    answered.push(Date.now() - nowMs);
    await pause(PAUSE_MS);
  }
  await pause(2_000);
  const { lastMs } = await fleet.order("report");
  const last = new Map(Object.entries(typeof lastMs === "object" && lastMs !== null ? lastMs : {}));
  const tookMs = [...startedMs].flatMap(([position, from]) => {
    const at = last.get(position);
    return typeof at === "number" ? [at - from] : [];
  });
  const missed = count - tookMs.length;
  return { count, edges: EDGES, missed, answeredMs: quantiles(answered), lastEdgeMs: quantiles(tookMs) };
}

/** 100 edges come back at once; meanwhile somebody else asks control. */
async function restarts(control: ControlProcess, fleet: Fleet) {
  const answers: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const startedMs = performance.now();
      await control.ask("GET", "/v1/sites");
      answers.push(performance.now() - startedMs);
      await pause(5);
    }
  })();
  const began = control.processorMs();
  const confirmedMs = await fleet.start(RESTARTING);
  const processorMs = control.processorMs() - began;
  isOver = true;
  await asking;
  return {
    ...{ edges: RESTARTING, processorMs, answers: answers.length },
    ...{ controlAnswersMs: quantiles(answers), confirmedMs: quantiles(confirmedMs) },
  };
}

async function manyFollowers(control: ControlProcess) {
  const { token } = await control.ask("POST", "/v1/tokens", { id: "reader", scopes: ["read"] });
  const link = controlLink(undefined);
  const begun = new Set<number>();
  let entries = 0;
  const feeds = Array.from({ length: FOLLOWERS }, (_, index) =>
    link.follow(control.url, {
      ...{ token: String(token), after: undefined, hash: undefined, wantsFleet: false },
      ...{ silenceMs: 60_000, connectMs: 30_000 },
      onEvent: ({ type }) => {
        begun.add(index);
        if (type === "entry") entries += 1;
      },
    }),
  );
  await until(() => begun.size === FOLLOWERS);
  const APPENDED = 50;
  for (let index = 0; index < APPENDED; index += 1)
    await control.ask("POST", "/v1/purge", { site: "shop", tags: [`m${index}`] });
  await until(() => entries === FOLLOWERS * APPENDED);
  const residentMiB = control.mebibytes("VmRSS");
  for (const feed of feeds) feed.cancel();
  if (entries !== FOLLOWERS * APPENDED) throw new Error(`${FOLLOWERS} followers got ${entries} entries`);
  return { followers: FOLLOWERS, appended: APPENDED, residentMiB, highestMiB: control.mebibytes("VmHWM") };
}

async function until(condition: () => boolean, maxMs = 60_000): Promise<void> {
  const endMs = performance.now() + maxMs;
  while (!condition() && performance.now() < endMs) await pause(5);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN)) / 10;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), most: at(1) };
}
