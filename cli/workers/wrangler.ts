/** Runs wrangler, the tool of Workers: offline unless it deploys, and telling nobody that it ran. */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The top of the repository. */
export const ROOT = join(import.meta.dirname, "..", "..");

/** Nothing is sent to anybody, nothing is fetched for local runs. */
export const QUIET_ENVIRONMENT: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** The config of the Worker. */
export const WRANGLER_TOML = join(ROOT, "wrangler.toml");

/** Starts wrangler; its output goes where `stdio` says. */
export function startWrangler(
  words: readonly string[],
  options: {
    readonly stdio: "inherit" | "pipe";
    readonly configFile?: string | undefined;
    readonly env?: NodeJS.ProcessEnv;
  },
): ChildProcess {
  const script = join(dirname(createRequire(import.meta.url).resolve("wrangler/package.json")), "bin", "wrangler.js");
  return spawn(process.execPath, [script, ...words, "-c", options.configFile ?? WRANGLER_TOML], {
    cwd: ROOT,
    env: { ...process.env, ...QUIET_ENVIRONMENT, ...options.env },
    stdio: options.stdio === "inherit" ? "inherit" : ["ignore", "pipe", "pipe"],
  });
}

/** What a finished run said. */
export interface WranglerResult {
  readonly code: number;
  readonly output: string;
}

/** Runs wrangler to its end. */
export function runWrangler(words: readonly string[], configFile: string): Promise<WranglerResult> {
  return new Promise((resolve, reject) => {
    const child = startWrangler(words, { stdio: "pipe", configFile, env: { CI: "true", NO_COLOR: "1" } });
    let output = "";
    const add = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** A Worker on this machine. */
export interface LocalWorker {
  readonly url: string;
  /** The process of wrangler; workerd is one of its children. */
  readonly pid: number;
  /** All that it has printed. */
  output(): string;
  stop(): Promise<void>;
}

const READY_MS = 30_000;

/** Starts the Worker on a port of loopback, with its state in `stateDirectory`; settles when it answers. */
export function startLocalWorker(options: {
  readonly port: number;
  readonly stateDirectory: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly configFile?: string;
  readonly words?: readonly string[];
}): Promise<LocalWorker> {
  const { port, stateDirectory, variables, configFile, words = [] } = options;
  const vars = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
  const place = ["--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port", "0", "--persist-to", stateDirectory];
  const child = startWrangler(["dev", ...words, ...place, "--log-level", "log", ...vars], {
    stdio: "pipe",
    configFile,
    env: { CI: "true", NO_COLOR: "1" },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let output = "";
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill("SIGTERM");
      reject(new Error(`wrangler dev ${why}:\n${output}`));
    };
    const timer = setTimeout(() => fail(`was not ready in ${READY_MS} ms`), READY_MS);
    const add = (chunk: Buffer): void => {
      if (output.length < 1_000_000) output += chunk.toString();
      if (!/Ready on http/.test(output)) return;
      clearTimeout(timer);
      const stop = (): Promise<void> => {
        child.kill("SIGTERM");
        return ended;
      };
      resolve({ url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, output: () => output, stop });
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.once("exit", () => fail("ended"));
  });
}
