/** An edge with 100,000 objects on its disk is killed and started: how soon it is ready, what it hits, what the index takes. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, createServer, get, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { antipode, freePort, type Running } from "../e2e/processes.ts";
import type { LongContext } from "../long-run.ts";

export const name = "disk-restart";
export const summary = "an edge with 100,000 objects on disk is killed: ready after 3 s at most, 99 % are hits";

const OBJECTS = Number(process.env.ANTIPODE_OBJECTS ?? 100_000);
/** Half of them evenly spread, half of them the last ones. */
const ASKED = 5_000;
const BEFORE_KILL_MS = 1_000;
const READY_MAX_MS = 3_000;
const INDEX_MAX_BYTES = 250;
const HIT_SHARE_MIN = 0.99;
const SIDE_BY_SIDE = 32;

const agent = new Agent({ keepAlive: true, maxSockets: SIDE_BY_SIDE });

/** The body of the page of a number. */
function bodyOf(number: number): string {
  return `${number} `.repeat(1 + (number % 300));
}

async function startOrigin(): Promise<Server> {
  const origin = createServer((request, response) => {
    const number = Number(request.url?.slice(1));
    response.setHeader("cache-control", "max-age=86400").end(bodyOf(number));
  });
  await once(origin.listen(0, "127.0.0.1"), "listening");
  return origin;
}

interface Answer {
  readonly isHit: boolean;
  readonly isRight: boolean;
}

function ask(port: number, number: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, path: `/${number}`, agent }, (response) => {
      let text = "";
      response.setEncoding("latin1");
      response.on("data", (piece: string) => {
        text += piece;
      });
      response.on("error", reject);
      response.on("end", () => {
        const isHit = String(response.headers["cache-status"]).includes("; hit");
        resolve({ isHit, isRight: response.statusCode === 200 && text === bodyOf(number) });
      });
    });
    request.on("error", reject);
  });
}

/** Asks for all of them, so many at a time. */
async function askAll(port: number, numbers: readonly number[]): Promise<{ hits: number; wrong: number }> {
  let [next, hits, wrong] = [0, 0, 0];
  const client = async (): Promise<void> => {
    for (let number = numbers[next++]; number !== undefined; number = numbers[next++]) {
      const answer = await ask(port, number);
      if (answer.isHit) hits += 1;
      if (!answer.isRight) wrong += 1;
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, client));
  return { hits, wrong };
}

/** Opens the folder in a process of its own: what it takes there is the index. */
function openApart(folder: string): { readonly openMs: number; readonly entries: number; readonly indexBytes: number } {
  const program = path.join(import.meta.dirname, "..", "disk", "opener.ts");
  return JSON.parse(execFileSync(process.execPath, ["--expose-gc", program, folder], { encoding: "utf8" }));
}

/** Evenly spread ones, and the last ones: what was written just before the kill. */
function someObjects(): readonly number[] {
  const step = Math.max(1, Math.floor((2 * OBJECTS) / ASKED));
  const all = Array.from({ length: OBJECTS }, (_, number) => number);
  return all.filter((number) => number % step === 0 || number >= OBJECTS - ASKED / 2);
}

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-restart-"));
  const origin = await startOrigin();
  const port = await freePort();
  const start = (): Promise<Running> => {
    const address = origin.address();
    if (address === null || typeof address === "string") throw new Error("the origin has no port");
    const disk = ["--disk", folder, "--disk-size", "10gb", "--memory", "8mb"];
    const listens = ["--origin", `http://127.0.0.1:${address.port}`, "--listen", `127.0.0.1:${port}`];
    return antipode(["edge", ...listens, ...disk], /READY/);
  };
  let edge = await start();
  try {
    await askAll(
      port,
      Array.from({ length: OBJECTS }, (_, number) => number),
    );
    context.log(`${OBJECTS} objects are stored`);
    await pause(BEFORE_KILL_MS);
    await edge.stop("SIGKILL");
    const { openMs, entries, indexBytes } = openApart(folder);
    const startMs = performance.now();
    edge = await start();
    const readyMs = Math.round(performance.now() - startMs);
    const asked = someObjects();
    const { hits, wrong } = await askAll(port, asked);
    const figures = { readyMs, openMs, indexBytesPerObject: Math.round(indexBytes / entries) };
    const hitShare = hits / asked.length;
    const isQuick = readyMs <= READY_MAX_MS && figures.indexBytesPerObject <= INDEX_MAX_BYTES;
    const passed = isQuick && wrong === 0 && hitShare >= HIT_SHARE_MIN && OBJECTS >= 100_000;
    return { passed, objects: OBJECTS, onDisk: entries, ...figures, asked: asked.length, hitShare, wrong };
  } finally {
    await edge.stop("SIGKILL");
    agent.destroy();
    origin.close();
    rmSync(folder, { recursive: true });
  }
}
