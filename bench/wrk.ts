/** Runs wrk against a server on its own core, and reads what it says. */
import { spawn } from "node:child_process";

/** What one run of wrk says. */
export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of its core, what the load itself took: near 1 it was the bottleneck. */
  readonly loadCpuShare: number;
  /** Answers that are not 2xx or 3xx, and broken connections. */
  readonly errors: number;
}

/** The core of the load; servers have core 0. */
const LOAD_CORE = "1";

/** Fields of a browser, as a page's own requests carry them. */
export const BROWSER_FIELDS: readonly string[] = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Cookie: _ga=GA1.2.1234567890; session=0123456789abcdef",
  "Sec-Fetch-Dest: document",
  "Sec-Fetch-Mode: navigate",
];

/** A load. */
export interface Load {
  readonly connections: number;
  readonly seconds: number;
  /** A program in Lua that makes the requests, and what it finds in its environment; by default one URL for all. */
  readonly script?: { readonly file: string; readonly environment: Readonly<Record<string, string>> };
}

/** One run. */
export async function wrk(url: string, load: Load): Promise<WrkResult> {
  const fields =
    load.script === undefined ? BROWSER_FIELDS.flatMap((field) => ["-H", field]) : ["-s", load.script.file];
  const words = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`, "--latency", ...fields, url];
  // The shell says how much processor time the load itself took.
  const timed = ["-c", 'TIMEFORMAT="load: %U %S"; time "$@" 2>&1', "bash", "taskset", "-c", LOAD_CORE, "wrk", ...words];
  const printed = await output("bash", timed, load.script?.environment ?? {});
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1]);
  if (!Number.isFinite(rate)) throw new Error(`wrk said nothing of a rate:\n${printed}`);
  const [, user = "0", system = "0"] = /load: ([\d.]+) ([\d.]+)/.exec(printed) ?? [];
  const wrong = Number(/Non-2xx or 3xx responses: (\d+)/.exec(printed)?.[1] ?? 0);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(printed)?.slice(1) ?? [];
  return {
    requestsPerSecond: rate,
    p50Ms: latencyMs(printed, "50%"),
    p99Ms: latencyMs(printed, "99%"),
    loadCpuShare: (Number(user) + Number(system)) / load.seconds,
    errors: broken.reduce((sum, count) => sum + Number(count), wrong),
  };
}

function latencyMs(printed: string, quantile: string): number {
  const [, value = "NaN", unit = ""] = new RegExp(`${quantile}\\s+([\\d.]+)(us|ms|s)`).exec(printed) ?? [];
  return Number(value) * (unit === "us" ? 0.001 : unit === "s" ? 1_000 : 1);
}

function output(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
    let printed = "";
    child.stderr.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(printed) : reject(new Error(`${program} ended with ${code}`))));
  });
}
