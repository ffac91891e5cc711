/** Real processes for end-to-end tests: started, watched, and always ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { portsOfDev } from "../../control/dev-config.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const START_TIMEOUT_MS = 30_000;

/** A command of ours that is running. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has printed. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `antipode …`, with so many open files if said, and waits for a line on either stream that matches `ready`. */
export async function antipode(
  args: readonly string[],
  ready: RegExp,
  environment: NodeJS.ProcessEnv = {},
  openFiles?: number,
): Promise<Running> {
  const words = [process.execPath, join(ROOT, "bin", "antipode"), ...args];
  const limit = openFiles === undefined ? "" : `ulimit -n ${openFiles} && `;
  const child = spawn("sh", ["-c", `${limit}exec "$@"`, "sh", ...words], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-100_000);
    });
  }
  const running: Running = {
    child,
    output: () => output,
    stop: async (signal = "SIGTERM") => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, "exit");
    },
  };
  try {
    await until(`antipode ${args[0]} to be ready`, async () => {
      if (child.exitCode !== null) throw new Stopped(`antipode ${args.join(" ")} exited ${child.exitCode}:\n${output}`);
      return ready.test(output);
    });
  } catch (error) {
    await running.stop("SIGKILL");
    throw error instanceof Stopped ? error : new Error(`${error}\n${output}`);
  }
  return running;
}

class Stopped extends Error {}

/** Waits until something real has happened; what it waits for has no event that could be awaited. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadlineMs) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (error instanceof Stopped) throw error;
    }
    await pause(20);
  }
  throw new Error(`gave up waiting for ${what}`);
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/**
 * A base port whose whole block for `antipode dev` is free. It lies below the range from which the system gives ports to
 * other tests, so that none of the block is taken in the meantime.
 */
export async function freeDevPort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const base = 12_000 + 10 * Math.floor(Math.random() * 1_900);
    const { router, control, demoOrigin, edges, edgeAdmins, routerAdmin } = portsOfDev(base);
    const free = await Promise.all([router, control, demoOrigin, ...edges, ...edgeAdmins, routerAdmin].map(isFree));
    if (free.every((one) => one)) return base;
  }
  throw new Error("no free block of ports");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once("error", () => resolve(false))
      .listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
