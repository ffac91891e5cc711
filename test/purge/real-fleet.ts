/** A control, edges and an origin that knows the newest version of everything, as processes and sockets of this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, createServer, get } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";

const MAIN = path.join(import.meta.dirname, "..", "..", "cli", "main.ts");
const HOST = "shop.example";
const READY_MS = 120_000;
/** A connection that is closed just when it is used again is no failure of control. */
const ATTEMPTS = 4;

/** What an edge answered. */
export interface Answered {
  /** Of the content; -1: none could be had. */
  readonly version: number;
  readonly isHit: boolean;
}

/** One edge, which may be killed and started again. */
export interface RealEdge {
  readonly id: string;
  readonly port: number;
  child: ChildProcess;
  /** Settles when it answers on its listener. */
  start(): Promise<void>;
  get(target: string): Promise<Answered>;
}

/** A file system in memory, on Linux. */
const MEMORY_FOLDER = "/dev/shm";

/** All of it. */
export interface RealFleet {
  readonly edges: readonly RealEdge[];
  /** The newest version of a target at the origin; raising it is an edit of the content. */
  readonly versions: Map<string, number>;
  ask(method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

/** Starts a fleet; settles when every edge serves the site. `env` goes to the edges. */
export async function realFleet(options: {
  readonly edges: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Edges have a disk below their memory. */
  readonly disk?: boolean;
  /** The state of each edge is in memory: this machine has one disk, and each edge of a real fleet has its own. */
  readonly statesInMemory?: boolean;
  /** Where an edge reaches control, if not directly. */
  controlFor?(id: string, url: string): Promise<string>;
}): Promise<RealFleet> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-purge-"));
  const memory = options.statesInMemory === true && existsSync(MEMORY_FOLDER) ? MEMORY_FOLDER : undefined;
  const states = memory === undefined ? folder : mkdtempSync(path.join(memory, "antipode-purge-"));
  const versions = new Map<string, number>();
  const origin = createServer((request, response) => {
    response.setHeader("cache-control", "max-age=3600");
    response.setHeader("cache-tag", (request.url ?? "").slice(1));
    response.end(String(versions.get(request.url ?? "") ?? 0));
  });
  const originPort = await listening(origin);
  const control = run(["control", "--data", path.join(folder, "control"), "--listen", "127.0.0.1:0"], {});
  const url = `http://${await control.ready}`;
  const secret = (file: string) => readFileSync(path.join(folder, "control", file), "utf8").trim();
  const ask = asker(url, secret("admin.token"));
  const origins = [{ url: `http://127.0.0.1:${originPort}` }];
  await ask("PUT", "/v1/sites/shop", { hosts: [HOST], origins, origin: { allowPrivate: true } });
  const edges = await Promise.all(
    Array.from({ length: options.edges }, async (_, index) => {
      const id = `edge-${index}`;
      const from = (await options.controlFor?.(id, url)) ?? url;
      const words = ["--id", id, "--control", from, "--join", secret("join.token"), "--data", path.join(states, id)];
      if (options.disk) words.push("--disk", path.join(folder, `${id}-disk`), "--disk-size", "1gb");
      return await realEdge(id, words, options.env ?? {});
    }),
  );
  const stop = async (): Promise<void> => {
    const children = [control.child, ...edges.map(({ child }) => child)];
    await Promise.all(children.map((child) => killed(child)));
    origin.closeAllConnections();
    origin.close();
    rmSync(folder, { recursive: true });
    rmSync(states, { recursive: true, force: true });
  };
  return { edges, versions, ask, stop };
}

async function realEdge(
  id: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RealEdge> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const first = createServer();
  const port = await listening(first);
  await new Promise((resolve) => first.close(resolve));
  const line = ["edge", ...words, "--listen", `127.0.0.1:${port}`, "--memory", "64mb", "--access-log", "off"];
  const started = run(line, env);
  await started.ready;
  const edge: RealEdge = {
    ...{ id, port, child: started.child },
    start: async () => {
      const again = run(line, env);
      edge.child = again.child;
      await again.ready;
    },
    get: (target) =>
      new Promise((resolve) => {
        const nothing = { version: -1, isHit: false };
        const request = get(
          { port, host: "127.0.0.1", path: target, headers: { host: HOST }, agent, timeout: 5_000 },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (part: string) => {
              text += part;
            });
            response.on("error", () => resolve(nothing));
            const isHit = String(response.headers["cache-status"]).includes("; hit");
            response.on("end", () => resolve(response.statusCode === 200 ? { version: Number(text), isHit } : nothing));
          },
        );
        request.on("timeout", () => request.destroy());
        request.on("error", () => resolve(nothing));
      }),
  };
  return edge;
}

function run(line: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN, ...line], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  const ready = new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${line[0]} is not ready: ${said}`)), READY_MS);
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      if (said.length < 10_000) said += part;
      const at = /READY.*http=(\S+)/.exec(said)?.[1];
      if (at === undefined) return;
      clearTimeout(late);
      resolve(at);
    });
    child.once("exit", () => clearTimeout(late));
  });
  return { child, ready };
}

/** Ends a process for good, also one that is stopped. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Asks until there is an answer, a few times: with its key a purge that was written already is not written again. */
function asker(url: string, token: string): RealFleet["ask"] {
  let count = 0;
  return async (method, where, body) => {
    count += 1;
    const key = { "idempotency-key": `run-${process.pid}-${count}` };
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", ...key };
    const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const response = await fetch(url + where, request);
        const json: unknown = await response.json();
        if (!response.ok) throw new Error(`${where}: ${JSON.stringify(json).slice(0, 500)}`);
        return typeof json === "object" && json !== null ? { ...json } : {};
      } catch (error) {
        if (!(error instanceof TypeError) || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
      }
    }
  };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** What a receipt says of each edge. */
export function appliedBy(receipt: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const edges: readonly unknown[] = Array.isArray(receipt.edges) ? receipt.edges : [];
  return new Set(
    edges.flatMap((edge) => {
      const one = typeof edge === "object" && edge !== null ? { ...edge } : {};
      return "status" in one && one.status === "applied" && "id" in one ? [String(one.id)] : [];
    }),
  );
}
