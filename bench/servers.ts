/** The servers that are compared, each pinned to core 0 with all its threads. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpuSeconds } from "./cpu-time.ts";

/** A server under test. */
export interface BenchServer {
  readonly name: string;
  readonly port: number;
  /** Processor time used so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const SERVER_CORE = "0";
const root = path.join(import.meta.dirname, "..");

/** Where nginx serves `sizes` from, as files called `/<bytes>`. */
export async function startNginx(port: number, sizes: readonly number[]): Promise<BenchServer> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-bench-"));
  // Its worker has another user.
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, "html"));
  for (const bytes of sizes) writeFileSync(path.join(folder, "html", String(bytes)), "x".repeat(bytes));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    path.join(folder, "nginx.conf"),
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; ${temporary.join(" ")} sendfile on; tcp_nopush off; tcp_nodelay on;
  open_file_cache max=20000 inactive=600s; open_file_cache_valid 600s; keepalive_requests 100000000; keepalive_timeout 600s;
  default_type text/plain;
  server { listen 127.0.0.1:${port}; root ${folder}/html; add_header Cache-Control max-age=600; } }
`,
  );
  return started("nginx", port, "nginx", ["-c", path.join(folder, "nginx.conf"), "-e", "stderr"]);
}

/** Our edge in front of `originPort`. */
export function startEdgeServer(
  port: number,
  originPort: number,
  options: { readonly name?: string; readonly flags?: readonly string[]; readonly nodeFlags?: readonly string[] } = {},
): Promise<BenchServer> {
  const { name = "antipode", flags = [], nodeFlags = [] } = options;
  const words = ["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`, ...flags];
  return started(name, port, process.execPath, [...nodeFlags, path.join(root, "cli", "main.ts"), ...words]);
}

/** A program of this folder that listens on the port it is given. */
export function startProgram(
  name: string,
  file: string,
  port: number,
  words: readonly string[] = [],
): Promise<BenchServer> {
  return started(name, port, process.execPath, [path.join(import.meta.dirname, file), String(port), ...words]);
}

/** Starts any program that will listen on `port`, on one core with all its threads and children. */
export async function started(
  name: string,
  port: number,
  program: string,
  words: readonly string[],
  core = SERVER_CORE,
): Promise<BenchServer> {
  const child = spawn("taskset", ["-c", core, program, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await untilOpen(name, port, child);
  return {
    name,
    port,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    stop: async () => {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(late);
    },
  };
}

async function untilOpen(name: string, port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} does not listen on ${port}`);
}
