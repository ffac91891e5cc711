/** Debian's nginx, HAProxy and Varnish as proxies in front of an origin, each with its defaults. For long runs only. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/processes.ts";
import { programPath } from "../need.ts";

/** A program that stands in front of an origin. */
export interface Peer {
  readonly name: string;
  /** What it says of itself. */
  readonly version: string;
  readonly port: number;
  stop(): Promise<void>;
}

interface Kind {
  readonly program: string;
  readonly versionFlag: string;
  /** Its configuration file, and how it is started. */
  configuration(ports: { readonly port: number; readonly origin: number }, folder: string): string;
  command(file: string, folder: string, port: number): readonly string[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  nginx: {
    program: "nginx",
    versionFlag: "-v",
    configuration: ({ port, origin }, folder) => `daemon off; master_process off; pid ${folder}/pid;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b; fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${origin}; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
`,
    command: (file, folder) => ["-c", file, "-p", folder, "-e", "stderr"],
  },
  haproxy: {
    program: "haproxy",
    versionFlag: "-v",
    configuration: ({ port, origin }) => `defaults
  mode http
  timeout connect 5s
  timeout client 10s
  timeout server 10s
frontend f
  bind 127.0.0.1:${port}
  default_backend b
backend b
  server s 127.0.0.1:${origin}
`,
    command: (file) => ["-db", "-f", file],
  },
  varnish: {
    program: "varnishd",
    versionFlag: "-V",
    configuration: ({ origin }) => `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${origin}"; }
`,
    command: (file, folder, port) => [
      ...["-F", "-a", `127.0.0.1:${port}`, "-f", file, "-n", join(folder, "work"), "-s", "malloc,16m"],
    ],
  },
};

/** The names of those that may be there. */
export const PEER_NAMES: readonly string[] = Object.keys(KINDS);

/** Starts one in front of an origin; undefined when it is not installed. */
export async function startPeer(name: string, origin: number): Promise<Peer | undefined> {
  const kind = KINDS[name];
  const program = kind === undefined ? undefined : programPath(kind.program);
  if (kind === undefined || program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), `antipode-${name}-`));
  // Varnish's worker is another user.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const file = join(folder, "configuration");
  writeFileSync(file, kind.configuration({ port, origin }, folder));
  const child = spawn(program, kind.command(file, folder, port), { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${name} to answer`, async () => (await fetch(`http://127.0.0.1:${port}/up`)).status === 200);
    return { name, version: versionOf(program, kind.versionFlag), port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function versionOf(program: string, flag: string): string {
  const text = execFileSync("sh", ["-c", `"$0" ${flag} 2>&1`, program], { encoding: "utf8" });
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? "unknown";
}
