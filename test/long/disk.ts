/** Kills and flips of a disk store: no wrong byte is ever served, and nearly all that was whole is kept. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Chance } from "../../core/cache/admission/chance.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { type DiskStore, openDiskStore } from "../../runtime/node/disk/disk-store.ts";
import { bodyOf, numberedBody, response } from "../disk/objects.ts";
import type { LongContext } from "../long-run.ts";

export const name = "disk";
export const summary = "a disk store is killed 1,000 times and has 1,000 bytes flipped";

const KILLS = Number(process.env.ANTIPODE_KILLS ?? 1_000);
const FLIPS = 1_000;
const OBJECTS_FOR_FLIPS = 500;
const KEPT_SHARE_MIN = 0.95;
const KEPT_AFTER_KILL_MIN = 0.99;

function open(folder: string): Promise<DiskStore> {
  const sizes = { maxBytes: 2_000_000_000, objectMaxBytes: 50_000_000, variantsPerKeyMax: 16 };
  return openDiskStore({ folder, clock: systemClock, ...sizes });
}

/** Writes objects until it is killed; says the key of each that is whole. */
function writer(folder: string, first: number): ChildProcess {
  const program = path.join(import.meta.dirname, "..", "disk", "writer.ts");
  return spawn(process.execPath, [program, folder, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
}

async function killOnce(folder: string, first: number, afterKeys: number): Promise<string[]> {
  const child = writer(folder, first);
  const whole: string[] = [];
  const { stdout } = child;
  if (stdout === null) throw new Error("the writer has no output");
  for await (const line of createInterface({ input: stdout })) {
    whole.push(line);
    if (whole.length === afterKeys) child.kill("SIGKILL");
  }
  return whole;
}

async function check(folder: string, keys: readonly string[]): Promise<{ kept: number; wrong: number }> {
  const store = await open(folder);
  let [kept, wrong] = [0, 0];
  for (const key of keys) {
    const body = await bodyOf(store, key).catch(() => undefined);
    if (body === undefined) continue;
    if (body.equals(numberedBody(key))) kept += 1;
    else wrong += 1;
  }
  await store.close();
  return { kept, wrong };
}

/** Two stores are killed side by side, each half as often. */
async function kills(context: LongContext) {
  const parts = await Promise.all([1, 2].map((seed) => killsOfOneStore(context, seed)));
  const sum = (of: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const [killed, objects] = [sum((part) => part.killed), sum((part) => part.objects)];
  const [kept, wrong] = [sum((part) => part.kept), sum((part) => part.wrong)];
  return { kills: killed, objects, kept, wrong, keptShare: kept / objects };
}

async function killsOfOneStore(context: LongContext, seed: number) {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-kills-"));
  const chance = new Chance(seed);
  const all: string[] = [];
  let [next, killed] = [1, 0];
  for (; killed < KILLS / 2 && !context.signal.aborted; killed += 1) {
    const whole = await killOnce(folder, next, 1 + chance.below(12));
    all.push(...whole);
    next += whole.length + 100;
    if ((killed + 1) % 100 === 0) context.log(`${killed + 1} kills of store ${seed}, ${all.length} objects`);
  }
  const { kept, wrong } = await check(folder, all);
  rmSync(folder, { recursive: true });
  return { killed, objects: all.length, kept, wrong };
}

async function flips(context: LongContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-flips-"));
  const keys = Array.from({ length: OBJECTS_FOR_FLIPS }, (_, key) => String(key + 1));
  const chance = new Chance(2);
  let store = await open(folder);
  let [kept, wrong, damaged] = [0, 0, 0];
  const rounds = 50;
  for (let round = 0; round < rounds && !context.signal.aborted; round += 1) {
    for (const key of keys) {
      if ((await store.find(key)).length > 0) continue;
      await store.put(key, response(numberedBody(key)));
    }
    await store.close();
    for (let flip = 0; flip < FLIPS / rounds; flip += 1) flipOne(folder, chance);
    store = await open(folder);
    for (const key of keys) {
      const body = await bodyOf(store, key).catch(() => undefined);
      if (body === undefined) continue;
      if (body.equals(numberedBody(key))) kept += 1;
      else wrong += 1;
    }
    damaged += store.figures().damaged;
  }
  await store.close();
  rmSync(folder, { recursive: true });
  return { flips: FLIPS, wrong, damaged, keptShare: kept / (keys.length * rounds) };
}

function flipOne(folder: string, chance: Chance): void {
  // One in twenty hits the log.
  const file = chance.below(20) === 0 ? path.join(folder, "index.log") : anyObject(folder, chance);
  const content = readFileSync(file);
  const at = chance.below(content.length);
  content[at] = (content[at] ?? 0) ^ (1 << chance.below(8));
  writeFileSync(file, content);
}

function anyObject(folder: string, chance: Chance): string {
  for (;;) {
    const place = path.join(folder, "objects", chance.below(64).toString(16).padStart(2, "0"));
    const names = readdirSync(place);
    const name = names[chance.below(Math.max(1, names.length))];
    if (name !== undefined) return path.join(place, name);
  }
}

/** Runs both parts. */
export async function run(context: LongContext): Promise<object> {
  const killed = await kills(context);
  context.log(JSON.stringify(killed));
  const flipped = await flips(context);
  context.log(JSON.stringify(flipped));
  const isRight = killed.wrong + flipped.wrong === 0 && killed.kills >= 1_000 && killed.objects > 0;
  const passed = isRight && killed.keptShare >= KEPT_AFTER_KILL_MIN && flipped.keptShare >= KEPT_SHARE_MIN;
  return { passed, killed, flipped };
}
