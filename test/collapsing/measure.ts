/** What collapsing must hold, measured on a real edge process with an origin in a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { antipode, freePort, until } from "../e2e/processes.ts";
import { bigHash } from "./big-body.ts";
import { bigReader, type Crowd, crowd } from "./clients.ts";

/** An edge and its origin. */
export interface UnderTest {
  readonly port: number;
  readonly bigBytes: number;
  asked(): Promise<Asked>;
  residentBytes(): Promise<number>;
  stop(): Promise<void>;
}

/** What the origin was asked. */
export interface Asked {
  readonly public: number;
  readonly private: number;
  readonly whole: number;
  readonly ranges: number;
  readonly boundRanges: number;
  readonly open: number;
  /** Of bodies of /big, as far as they were written. */
  readonly bytes: number;
}

/** Starts both. */
export async function start(bigBytes: number): Promise<UnderTest> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "origin.ts"), `${bigBytes}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const folder = mkdtempSync(join(tmpdir(), "antipode-collapsing-"));
  try {
    const originPort = await portOf(child);
    const [port, adminPort] = [await freePort(), await freePort()];
    const config = join(folder, "antipode.config.json");
    writeFileSync(config, JSON.stringify(configFor(originPort)));
    const words = ["edge", "--config", config, "--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${adminPort}`];
    const edge = await antipode(words, /READY/);
    return {
      port,
      bigBytes,
      asked: async () => JSON.parse(await text(`http://127.0.0.1:${originPort}/asked`)),
      residentBytes: async () =>
        Number(
          /^process_resident_memory_bytes(?:\{[^}]*\})? (\S+)/m.exec(
            await text(`http://127.0.0.1:${adminPort}/metrics`),
          )?.[1],
        ),
      stop: async () => {
        await edge.stop();
        child.kill();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** One site for all clients, whose origin takes all connections that come. */
function configFor(originPort: number): object {
  const origin = { allowPrivate: true, maxConnections: 16_384 };
  const site = { hosts: ["collapsing.test"], origins: [{ url: `http://127.0.0.1:${originPort}` }], origin };
  // The origin makes thousands of pages at once beside the edge: its first byte may take longer than elsewhere. Its queue
  // of new connections is shorter than the crowd (4,096): some of them are asked for again after 1, 3 and 7 s.
  const settings = { originFirstByteTimeoutMs: 60_000, originConnectTimeoutMs: 20_000 };
  return { sites: { collapsing: site }, settings };
}

async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("no output");
  const [line] = await once(child.stdout, "data");
  return Number(/port (\d+)/.exec(String(line))?.[1]);
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** A crowd on one cold key: what they got, how long it took, how long one alone takes, what the origin was asked. */
export interface CrowdResult extends Crowd {
  readonly passed: boolean;
  readonly clients: number;
  readonly oneMs: number;
  readonly timesOne: number;
  readonly originRequests: number;
}

/** So many clients at once for one page that takes the origin a while and may be stored: one request reaches it. */
export async function coldKey(edge: UnderTest, clients: number, waitMs: number): Promise<CrowdResult> {
  const result = await crowdOn(edge, "public", clients, waitMs);
  const { outcomes, originRequests } = result;
  const shared = (outcomes["200 collapsed"] ?? 0) + (outcomes["200 hit"] ?? 0);
  return { ...result, passed: originRequests === 1 && outcomes["200 stored"] === 1 && shared === clients - 1 };
}

/** The same for a private page: each gets its own, and nobody waits for more than one other. */
export async function privatePage(edge: UnderTest, clients: number, waitMs: number): Promise<CrowdResult> {
  const result = await crowdOn(edge, "private", clients, waitMs);
  const { outcomes, originRequests, timesOne } = result;
  const own = (outcomes["200 not-stored"] ?? 0) + (outcomes["200 hit-for-pass"] ?? 0);
  return { ...result, passed: originRequests === clients && own === clients && timesOne <= 3 };
}

async function crowdOn(edge: UnderTest, page: "public" | "private", clients: number, waitMs: number) {
  const oneMs = (await crowd(edge.port, `/${page}?wait=${waitMs}&one`, 1)).totalMs;
  const before = (await edge.asked())[page];
  const { outcomes, totalMs } = await crowd(edge.port, `/${page}?wait=${waitMs}&all`, clients);
  const originRequests = (await edge.asked())[page] - before;
  return { clients, oneMs, totalMs, timesOne: Math.round((totalMs / oneMs) * 100) / 100, originRequests, outcomes };
}

/** What a long body read by several at once took. */
export interface BigResult {
  readonly passed: boolean;
  readonly bytes: number;
  readonly clients: number;
  readonly seconds: number;
  readonly wholeFetches: number;
  readonly boundRanges: number;
  readonly rssGrowthBytes: number;
  readonly hashesEqual: boolean;
  readonly slow?: SlowResult;
}

/** What the slow reader had when the others were done, and what it read afterwards, at full speed. */
export interface SlowResult {
  readonly bytesPerSecond: number;
  readonly bytesMeanwhile: number;
  readonly bytesAtLast: number;
  readonly continuedByRange: boolean;
  readonly prefixesEqual: boolean;
}

/** Several clients read one long cold body; `slowBytesPerSecond`: one more reads that slowly. */
export async function bigBody(
  edge: UnderTest,
  options: { readonly clients: number; readonly rssGrowthMaxBytes: number; readonly slowBytesPerSecond?: number },
): Promise<BigResult> {
  const { clients, slowBytesPerSecond } = options;
  const path = `/big?${slowBytesPerSecond ?? "fast"}`;
  const [before, rssBefore] = [await edge.asked(), await edge.residentBytes()];
  let rssPeak = rssBefore;
  const watching = setInterval(async () => {
    rssPeak = Math.max(rssPeak, await edge.residentBytes().catch(() => 0));
  }, 200);
  const startMs = performance.now();
  const slow =
    slowBytesPerSecond === undefined ? undefined : bigReader(edge.port, path, { bytesPerSecond: slowBytesPerSecond });
  const got = await Promise.all(Array.from({ length: clients }, () => bigReader(edge.port, path).ended));
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  const slowResult = slow && (await slowOne(edge, slow, { before, slowBytesPerSecond: slowBytesPerSecond ?? 0 }));
  clearInterval(watching);
  const after = await edge.asked();
  const expected = bigHash(edge.bigBytes);
  const hashesEqual = got.every(({ bytes, sha256 }) => bytes === edge.bigBytes && sha256 === expected);
  const wholeFetches = after.whole - before.whole;
  const rssGrowthBytes = rssPeak - rssBefore;
  const slowIsRight = slowResult === undefined || (slowResult.prefixesEqual && slowResult.continuedByRange);
  // Nobody but the slow one goes on by itself.
  const boundRanges = after.boundRanges - before.boundRanges;
  const othersShared = boundRanges === (slowResult === undefined ? 0 : 1);
  return {
    passed:
      wholeFetches === 1 && othersShared && hashesEqual && slowIsRight && rssGrowthBytes <= options.rssGrowthMaxBytes,
    bytes: edge.bigBytes,
    clients,
    seconds,
    wholeFetches,
    boundRanges,
    rssGrowthBytes,
    hashesEqual,
    ...(slowResult && { slow: slowResult }),
  };
}

/** Lets the slow one read on until it has had to continue by itself, checks what it has, and stops it. */
async function slowOne(
  edge: UnderTest,
  slow: ReturnType<typeof bigReader>,
  { before, slowBytesPerSecond }: { readonly before: Asked; readonly slowBytesPerSecond: number },
): Promise<SlowResult> {
  const meanwhile = slow.soFar();
  const untilBytes = Math.min(edge.bigBytes, 48 * 1_048_576);
  slow.hurry();
  while (slow.soFar().bytes < untilBytes) {
    if ((await Promise.race([slow.ended, pause(20)])) !== undefined) break;
  }
  slow.stop();
  const last = await slow.ended;
  // What it had asked the origin for is given up with it.
  await until("the origin to be left alone", async () => (await edge.asked()).open === 0);
  return {
    bytesPerSecond: slowBytesPerSecond,
    bytesMeanwhile: meanwhile.bytes,
    bytesAtLast: last.bytes,
    continuedByRange: (await edge.asked()).boundRanges - before.boundRanges > 0 && last.bytes >= untilBytes,
    prefixesEqual: [meanwhile, last].every(({ bytes, sha256 }) => sha256 === bigHash(bytes)),
  };
}
