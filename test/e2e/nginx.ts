/** A real nginx (Debian's) on a port of its own, serving a folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toolPath } from "../need.ts";
import { freePort, until } from "./processes.ts";

/** A running nginx. */
export interface Nginx {
  readonly port: number;
  readonly url: string;
  /** The folder that it serves. */
  readonly root: string;
  /** Requests that it has answered, from its access log. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

/** Starts nginx in the foreground with a configuration of its own; `locations` adds to its server block. */
export async function startNginx(options: { readonly locations?: string } = {}): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), "antipode-nginx-"));
  const root = join(directory, "site");
  mkdirSync(root);
  const port = await freePort();
  const file = join(directory, "nginx.conf");
  writeFileSync(file, configuration(directory, root, port, options.locations ?? ""));
  const child: ChildProcess = spawn(toolPath("nginx") ?? "nginx", ["-c", file, "-p", directory, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`nginx on ${url} (${errors})`, async () => (await fetch(`${url}/__up`)).status === 204);
  return {
    port,
    url,
    root,
    requests: () =>
      readFileSync(join(directory, "access.log"), "utf8")
        .split("\n")
        .filter((line) => line !== "" && !line.includes("/__up")),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function configuration(directory: string, root: string, port: number, locations: string): string {
  return `daemon off;
master_process off;
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  types { text/html html; text/css css; image/svg+xml svg; application/octet-stream bin; }
  log_format short '$request_method $request_uri $status $http_range';
  access_log ${directory}/access.log short;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port};
    root ${root};
    location = /__up { return 204; }
    location / { add_header Cache-Control "public, max-age=60"; }
    location /private/ { add_header Cache-Control "private"; }
    ${locations}
  }
}
`;
}
