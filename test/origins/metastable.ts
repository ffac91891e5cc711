/**
 * An origin that dies under load and comes back: what its clients get meanwhile, how often it is asked, and how long it
 * takes until everything is as before (Bronson et al., "Metastable Failures in Distributed Systems", HotOS 2021).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { antipode, freePort, type Running } from "../e2e/processes.ts";

/** How the origin is lost: its process is killed, or it is stopped and answers nobody. */
export type Death = "killed" | "stopped";

/** The phases, and the load as a share of what the origin can do. */
export interface MetastablePlan {
  readonly death: Death;
  readonly warmMs: number;
  readonly deadMs: number;
  readonly afterMs: number;
  readonly load: number;
}

/** What was seen. */
export interface MetastableResult {
  readonly death: Death;
  readonly originRequestsPerSecond: number;
  /** While the origin was gone and the second before its return was noticed. */
  readonly outage: {
    readonly keptRequests: number;
    readonly keptServed: number;
    readonly keptServedShare: number;
    readonly keptP99Ms: number;
    readonly keptMaxMs: number;
    /** The same for what was asked from `KNOWN_AFTER_MS` on. */
    readonly knownP99Ms: number;
    readonly forwarded: number;
    readonly attempts: number;
  };
  /** From the return on: requests that needed the origin, attempts, and when all went well again for good. */
  readonly recovery: {
    readonly forwarded: number;
    readonly attempts: number;
    readonly fullGoodputAfterSeconds: number | null;
  };
  /** Attempts for each request that needed the origin, over everything. */
  readonly attemptsPerRequest: number;
  readonly sameProcess: boolean;
}

/** So long after the origin is gone an edge must know it. */
export const KNOWN_AFTER_MS = 2_000;

const STALE_AFTER_MS = 500;
const PLACES = 6;
const SERVICE_MS = 20;
const KEPT_KEYS = 300;
/** Each key is asked for more often than it goes stale. */
const KEPT_REQUESTS_PER_SECOND = 150;
const KEPT_FRESH_SECONDS = 5;
const CLIENT_TIMEOUT_MS = 20_000;
/** A second in which at least so many of the requests that need the origin get its answer. */
const GOOD_SHARE = 0.99;

interface Answered {
  readonly kind: "kept" | "own";
  readonly sentAtMs: number;
  readonly tookMs: number;
  readonly ok: boolean;
  readonly isHit: boolean;
}

/** Runs one plan. */
export async function metastable(
  plan: MetastablePlan,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<MetastableResult> {
  const folder = mkdtempSync(join(tmpdir(), "antipode-metastable-"));
  const [originPort, port, admin] = [await freePort(), await freePort(), await freePort()];
  let origin = await startOrigin(originPort);
  let edge: Running | undefined;
  try {
    writeFileSync(join(folder, "config.json"), JSON.stringify(config(originPort)));
    const listeners = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${admin}`];
    edge = await antipode(["edge", "--config", join(folder, "config.json"), ...listeners], /READY/);
    const pid = edge.child.pid;
    const load = new Load(port, plan.load);
    load.start();
    await pause(plan.warmMs, signal);
    const before = await attempts(admin);
    const deadAtMs = performance.now();
    if (plan.death === "stopped") origin.kill("SIGSTOP");
    else await killed(origin);
    log(`${plan.death}: the origin is gone`);
    await pause(plan.deadMs, signal);
    const backAtMs = performance.now();
    const atReturn = await attempts(admin);
    if (plan.death === "stopped") origin.kill("SIGCONT");
    else origin = await startOrigin(originPort);
    await pause(plan.afterMs, signal);
    const atEnd = await attempts(admin);
    const answers = await load.stop();
    const sameProcess = edge.child.pid === pid && edge.child.exitCode === null && edge.child.signalCode === null;
    return resultOf(plan, answers, { deadAtMs, backAtMs, before, atReturn, atEnd, sameProcess });
  } finally {
    await edge?.stop("SIGKILL");
    origin.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

function config(originPort: number): object {
  const timeouts = { connectMs: 1_000, firstByteMs: 3_000 };
  const origin = { allowPrivate: true, maxConnections: 64, timeouts, staleAfterMs: STALE_AFTER_MS };
  return { sites: { fragile: { hosts: ["*"], origins: [{ url: `http://127.0.0.1:${originPort}` }], origin } } };
}

interface Moments {
  readonly deadAtMs: number;
  readonly backAtMs: number;
  readonly before: number;
  readonly atReturn: number;
  readonly atEnd: number;
  readonly sameProcess: boolean;
}

function resultOf(plan: MetastablePlan, answers: readonly Answered[], at: Moments): MetastableResult {
  const within = (fromMs: number, toMs: number) =>
    answers.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs < toMs);
  const outage = within(at.deadAtMs, at.backAtMs);
  const after = within(at.backAtMs, Number.POSITIVE_INFINITY);
  const kept = outage.filter(({ kind }) => kind === "kept");
  const keptServed = kept.filter(({ ok }) => ok).length;
  const known = kept.filter(({ sentAtMs }) => sentAtMs >= at.deadAtMs + KNOWN_AFTER_MS);
  const forwarded = (list: readonly Answered[]): number => list.filter(({ isHit }) => !isHit).length;
  const all = forwarded(outage) + forwarded(after);
  return {
    death: plan.death,
    originRequestsPerSecond: (PLACES * 1_000) / SERVICE_MS,
    outage: {
      ...{ keptRequests: kept.length, keptServed, keptServedShare: rounded(keptServed / kept.length) },
      ...{ keptP99Ms: quantile(kept, 0.99), keptMaxMs: quantile(kept, 1), knownP99Ms: quantile(known, 0.99) },
      ...{ forwarded: forwarded(outage), attempts: at.atReturn - at.before },
    },
    recovery: {
      ...{ forwarded: forwarded(after), attempts: at.atEnd - at.atReturn },
      fullGoodputAfterSeconds: goodAfter(after, at.backAtMs),
    },
    attemptsPerRequest: rounded((at.atEnd - at.before) / all),
    sameProcess: at.sameProcess,
  };
}

/** The time that this share of the answers took at most, in milliseconds. */
function quantile(answers: readonly Answered[], share: number): number {
  const times = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
}

/** Seconds from the return until the last second that was not good, rounded up; null: the last one was not. */
function goodAfter(answers: readonly Answered[], backAtMs: number): number | null {
  const seconds: { good: number; all: number }[] = [];
  for (const { kind, sentAtMs, ok } of answers) {
    if (kind !== "own") continue;
    const second = Math.floor((sentAtMs - backAtMs) / 1_000);
    const counts = seconds[second] ?? { good: 0, all: 0 };
    seconds[second] = counts;
    counts.all += 1;
    if (ok) counts.good += 1;
  }
  // What was sent in the last second may not have been answered.
  const whole = seconds.slice(0, -1);
  const lastBad = whole.findLastIndex((counts) => counts !== undefined && counts.good < GOOD_SHARE * counts.all);
  return lastBad === whole.length - 1 ? null : lastBad + 1;
}

/** Clients who send at their rate, whatever comes back. */
class Load {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4_000 });
  readonly #port: number;
  readonly #ownPerSecond: number;
  readonly #answers: Promise<Answered>[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `share` of what the origin can do reaches it: the kept keys' revalidations, and pages that are nobody else's. */
  constructor(port: number, share: number) {
    this.#port = port;
    this.#ownPerSecond = (share * PLACES * 1_000) / SERVICE_MS - KEPT_KEYS / KEPT_FRESH_SECONDS;
  }

  start(): void {
    const beganAtMs = performance.now();
    const sent = { kept: 0, own: 0 };
    this.#timer = setInterval(() => {
      const seconds = (performance.now() - beganAtMs) / 1_000;
      while (sent.kept < seconds * KEPT_REQUESTS_PER_SECOND) this.#send("kept", `/kept/${sent.kept++ % KEPT_KEYS}`);
      while (sent.own < seconds * this.#ownPerSecond) this.#send("own", `/own/${sent.own++}`);
    }, 5);
  }

  async stop(): Promise<readonly Answered[]> {
    clearInterval(this.#timer);
    const answers = await Promise.all(this.#answers);
    this.#agent.destroy();
    return answers;
  }

  #send(kind: Answered["kind"], path: string): void {
    const sentAtMs = performance.now();
    this.#answers.push(
      new Promise((resolve) => {
        const settle = (ok: boolean, isHit: boolean): void =>
          resolve({ kind, sentAtMs, tookMs: performance.now() - sentAtMs, ok, isHit });
        const options = { port: this.#port, host: "127.0.0.1", path, agent: this.#agent, timeout: CLIENT_TIMEOUT_MS };
        const request = get(options, (response) => {
          const isHit = String(response.headers["cache-status"]).includes("; hit");
          response.resume().on("end", () => settle(response.statusCode === 200, isHit));
          response.on("error", () => settle(false, isHit));
        });
        request.on("timeout", () => request.destroy());
        request.on("error", () => settle(false, false));
      }),
    );
  }
}

/** Requests that the edge has sent or tried to send to the origin since its start, health checks not counted. */
async function attempts(admin: number): Promise<number> {
  const status = await (await fetch(`http://127.0.0.1:${admin}/status.json`)).text();
  return [...status.matchAll(/"attempts":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function startOrigin(port: number): Promise<ChildProcess> {
  const program = join(import.meta.dirname, "fragile-origin.ts");
  const child = spawn(process.execPath, [program, `${port}`, `${PLACES}`, `${SERVICE_MS}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

function pause(forMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, forMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("interrupted"));
    });
  });
}

function rounded(share: number): number {
  return Math.round(share * 10_000) / 10_000;
}
