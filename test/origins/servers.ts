/** Real web servers (Debian's nginx and Apache httpd) as origins, one process each, so that signals mean what they say. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/processes.ts";
import { toolPath } from "../need.ts";

/** Which one. */
export type ServerKind = "nginx" | "httpd";

/** A running server. */
export interface RealServer {
  readonly kind: ServerKind;
  readonly port: number;
  readonly url: string;
  /** Stops, continues or kills it. */
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void>;
  stop(): Promise<void>;
}

/** What it serves and how. */
export interface ServerOptions {
  /** The folder of its files. */
  readonly root: string;
  readonly port?: number;
  /** Lines for its server block. */
  readonly more?: string;
  /** Replaces the line that listens and what belongs to TLS. */
  readonly tls?: {
    readonly certificateFile: string;
    readonly keyFile: string;
    readonly clientAuthority?: string;
    readonly http2?: boolean;
  };
}

/** A folder that servers under another user can read. */
export function siteFolder(files: Readonly<Record<string, string | Buffer>>): {
  readonly root: string;
  remove(): void;
} {
  const root = mkdtempSync(join(tmpdir(), "antipode-site-"));
  chmodSync(root, 0o755);
  for (const [name, content] of Object.entries(files)) putFile(join(root, name), content, 60);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Puts a file in place at once, as old as it should look: Apache's ETag of a file that has just changed is a weak one. */
export function putFile(file: string, content: string | Buffer, minutesOld: number): void {
  writeFileSync(`${file}.new`, content);
  const changedAt = new Date(Date.now() - minutesOld * 60_000);
  utimesSync(`${file}.new`, changedAt, changedAt);
  renameSync(`${file}.new`, file);
}

/** Starts one and waits until it answers. */
export async function startServer(kind: ServerKind, options: ServerOptions): Promise<RealServer> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), `antipode-${kind}-`));
  const file = join(folder, "server.conf");
  writeFileSync(file, kind === "nginx" ? nginxConfig(folder, port, options) : httpdConfig(folder, port, options));
  const child = kind === "nginx" ? startNginx(file, folder) : startHttpd(file);
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const scheme = options.tls === undefined ? "http" : "https";
  const url = `${scheme}://127.0.0.1:${port}`;
  await until(`${kind} on ${url}`, async () => {
    if (child.exitCode !== null) return true;
    return options.tls === undefined ? (await fetch(`${url}/up`)).status < 500 : await listens(port);
  });
  if (child.exitCode !== null) throw new Error(`${kind} ended: ${errors}`);
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(name);
    if (name === "SIGKILL") await once(child, "exit");
  };
  const stop = async (): Promise<void> => {
    await signal("SIGCONT");
    await signal("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { kind, port, url, signal, stop };
}

async function listens(port: number): Promise<boolean> {
  // Anything but a refused connection will do: the port speaks TLS.
  return await fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    (error: unknown) => !String(error instanceof Error ? error.cause : error).includes("ECONNREFUSED"),
  );
}

function startNginx(file: string, folder: string): ChildProcess {
  return spawn(toolPath("nginx") ?? "nginx", ["-c", file, "-p", folder, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
}

/** `-X`: one process. */
function startHttpd(file: string): ChildProcess {
  return spawn(toolPath("httpd") ?? "apache2", ["-X", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
}

function nginxConfig(folder: string, port: number, { root, more = "", tls }: ServerOptions): string {
  const secured =
    tls === undefined
      ? ""
      : `ssl_certificate ${tls.certificateFile}; ssl_certificate_key ${tls.keyFile};
    ${tls.clientAuthority === undefined ? "" : `ssl_client_certificate ${tls.clientAuthority}; ssl_verify_client on;`}`;
  return `daemon off; master_process off; pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  types { text/plain txt; application/octet-stream bin; }
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port}${tls === undefined ? "" : ` ssl${tls.http2 === true ? " http2" : ""}`};
    ${secured}
    root ${root};
    add_header X-Served-By nginx;
    ${more}
  }
}
`;
}

function httpdConfig(folder: string, port: number, { root, more = "", tls }: ServerOptions): string {
  mkdirSync(join(folder, "run"));
  const modules = [
    "mpm_event",
    "authz_core",
    "mime",
    "dir",
    "headers",
    "asis",
    ...(tls === undefined ? [] : ["socache_shmcb", "ssl"]),
    ...(tls?.http2 === true ? ["http2"] : []),
  ];
  const load = modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n");
  const user = process.getuid?.() === 0 ? "User www-data\nGroup www-data" : "";
  const clients =
    tls?.clientAuthority === undefined ? "" : `SSLCACertificateFile ${tls.clientAuthority}\nSSLVerifyClient require`;
  const secured =
    tls === undefined
      ? ""
      : `SSLEngine on\nSSLCertificateFile ${tls.certificateFile}\nSSLCertificateKeyFile ${tls.keyFile}\n${clients}\n${tls.http2 === true ? "Protocols h2 http/1.1" : ""}`;
  return `ServerRoot ${folder}
PidFile ${folder}/httpd.pid
DefaultRuntimeDir ${folder}/run
ErrorLog ${folder}/error.log
ServerName localhost
Listen 127.0.0.1:${port}
${load}
${user}
TypesConfig /dev/null
AddType text/plain txt
AddHandler send-as-is asis
DocumentRoot ${root}
<Directory ${root}>
  Require all granted
</Directory>
Header always set X-Served-By httpd
${secured}
${more}
`;
}
