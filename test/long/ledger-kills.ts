/** SIGKILL of control at random moments while it is written to: what was acknowledged is there, and the chain holds. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { seededRandom } from "../hostile/mutate.ts";
import { siteConfig } from "../ledger/control-under-test.ts";
import type { LongContext } from "../long-run.ts";

/** Its evidence file. */
export const name = "ledger-kills";
/** For the list. */
export const summary = "1,000 SIGKILLs of a control that is written to; no acknowledged entry may be lost";

const KILLS = Number(process.env.KILLS ?? 1_000);
const CHILD = path.join(import.meta.dirname, "..", "ledger", "control-child.ts");
const LANES = 2;
const WRITERS = 4;
/** After its first answer. */
const LONGEST_LIFE_MS = 60;
/** A control that answers nothing is killed all the same. */
const LATEST_MS = 5_000;
/** Of the lives, those that end while control is still starting. */
const KILLED_AT_START = 0.1;
const LONGEST_START_MS = 600;
/** With a disk that lies so many must be enough to find a loss. */
const LYING_KILLS = 12;

interface Tally {
  kills: number;
  atStart: number;
  acknowledged: number;
  lost: number;
  /** Entries that are there and were never answered: the kill came in between. */
  unanswered: number;
}

/** Runs it. */
export async function run({ log, signal }: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-kills-"));
  try {
    const lying = emptyTally();
    await lane(path.join(folder, "lying"), { kills: LYING_KILLS, mode: "lies", seed: 9, tally: lying, signal });
    log(`with a disk that lies: ${JSON.stringify(lying)}`);
    const tally = emptyTally();
    const lanes = Array.from({ length: LANES }, (_, index) =>
      lane(path.join(folder, `${index}`), {
        ...{ kills: Math.ceil(KILLS / LANES), mode: "honest", seed: index + 1, tally, signal },
        onKill: () => tally.kills > 0 && tally.kills % 100 === 0 && log(JSON.stringify(tally)),
      }),
    );
    await Promise.all(lanes);
    return { passed: tally.lost === 0 && lying.lost > 0, ...tally, withDiskThatLies: lying };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function emptyTally(): Tally {
  return { kills: 0, atStart: 0, acknowledged: 0, lost: 0, unanswered: 0 };
}

interface LaneOptions {
  readonly kills: number;
  readonly mode: string;
  readonly seed: number;
  readonly tally: Tally;
  readonly signal: AbortSignal;
  readonly onKill?: () => unknown;
}

/** One ledger and its lives. */
async function lane(folder: string, { kills, mode, seed, tally, signal, onKill }: LaneOptions): Promise<void> {
  const random = seededRandom(seed);
  mkdirSync(folder, { recursive: true });
  let last: ReadonlyMap<string, string> = new Map();
  for (let life = 0; life <= kills; life += 1) {
    signal.throwIfAborted();
    const child = spawn(process.execPath, [CHILD, folder, mode], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: path.join(folder, "..", "compiled") },
    });
    // The first one writes what was compiled when it ends; the last one only shows what is there.
    const isCut = life > 0 && life < kills;
    const atStartMs = isCut && random() < KILLED_AT_START ? random() * LONGEST_START_MS : undefined;
    const early = atStartMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), atStartMs);
    const url = await readyUrl(child);
    // It has started before: it lives on until it is written to.
    clearTimeout(early);
    if (url === undefined) {
      if (!isCut) throw new Error("control did not start");
      tally.atStart += 1;
    } else {
      const client = clientOf(url, folder);
      if (life === 0) await client("PUT", "/v1/sites/shop", siteConfig("shop.example"));
      await check(client, last, tally);
      last = isCut ? await writeUntilKilled(child, client, { life, lifeMs: random() * LONGEST_LIFE_MS }) : new Map();
      tally.acknowledged += last.size;
    }
    if (!isCut) child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    if (isCut) tally.kills += 1;
    onKill?.();
  }
}

/** Undefined: it ended before. */
async function readyUrl(child: ChildProcess): Promise<string | undefined> {
  return await new Promise((resolve) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      said += part;
      const url = /READY (\S+)\n/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.on("exit", () => resolve(undefined));
  });
}

type Client = (method: string, where: string, body?: unknown) => Promise<Readonly<Record<string, unknown>>>;

function clientOf(url: string, folder: string): Client {
  const file = path.join(folder, "admin.token");
  if (!existsSync(file)) throw new Error("control wrote no token");
  const headers = { authorization: `Bearer ${readFileSync(file, "utf8").trim()}`, "content-type": "application/json" };
  return async (method, where, body) => {
    const response = await fetch(url + where, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (!response.ok) throw new Error(JSON.stringify(json));
    return typeof json === "object" && json !== null ? { ...json } : {};
  };
}

/** Several write at once until control is gone. What was acknowledged: position → tag. */
async function writeUntilKilled(
  child: ChildProcess,
  client: Client,
  { life, lifeMs }: { readonly life: number; readonly lifeMs: number },
): Promise<ReadonlyMap<string, string>> {
  const acknowledged = new Map<string, string>();
  const writer = async (number: number): Promise<void> => {
    for (let count = 0; ; count += 1) {
      const tag = `t-${life}-${number}-${count}`;
      const { position } = await client("POST", "/v1/purge", { site: "shop", tags: [tag] });
      if (acknowledged.size === 0) setTimeout(() => child.kill("SIGKILL"), lifeMs);
      acknowledged.set(String(position), tag);
    }
  };
  const writers = Array.from({ length: WRITERS }, (_, index) => writer(index).catch(() => {}));
  setTimeout(() => child.kill("SIGKILL"), LATEST_MS);
  await Promise.all(writers);
  return acknowledged;
}

/** Whether what the last life acknowledged stands where it was said to stand. */
async function check(client: Client, last: ReadonlyMap<string, string>, tally: Tally): Promise<void> {
  if (last.size === 0) return;
  const { entries } = await client("GET", "/v1/audit?limit=1000");
  const listed: readonly unknown[] = Array.isArray(entries) ? entries : [];
  const found = new Map(listed.map((entry) => [memberOf(entry, "position"), JSON.stringify(entry)]));
  const missing = [...last].filter(([position, tag]) => found.get(position)?.includes(`"${tag}"`) !== true);
  tally.lost += missing.length;
  const [life] = [...last.values()].map((tag) => tag.split("-")[1]);
  const ofLife = [...found.values()].filter((text) => text.includes(`"t-${life}-`));
  tally.unanswered += Math.max(0, ofLife.length - (last.size - missing.length));
}

function memberOf(value: unknown, member: string): string {
  if (typeof value !== "object" || value === null) return "";
  return String(Object.entries(value).find(([key]) => key === member)?.[1]);
}
