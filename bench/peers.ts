/** Nginx and Varnish as they are compared with us, and the origin behind all of them. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type BenchServer, started } from "./servers.ts";

/** Files of the main row, `/m/1` to `/m/<n>`, 1 KiB each. */
export const MAIN_URLS = 10_000;
const LINE = "x".repeat(1_024);
/** In memory: what is measured is not a disk. */
const MEMORY_FOLDER = "/dev/shm";
const LOAD_CORE = "1";

/** Where all of them get their content from. */
export interface Content {
  readonly folder: string;
  remove(): void;
}

/** Writes files of these sizes, called `/<bytes>`, and those of the main row. */
export function makeContent(sizes: readonly number[]): Content {
  const folder = mkdtempSync(path.join(MEMORY_FOLDER, "antipode-bench-"));
  // Workers of nginx have another user.
  chmodSync(folder, 0o755);
  for (const part of ["html", path.join("html", "m")]) {
    mkdirSync(path.join(folder, part));
    chmodSync(path.join(folder, part), 0o755);
  }
  for (const bytes of sizes) writeFileSync(path.join(folder, "html", String(bytes)), "x".repeat(bytes));
  for (let url = 1; url <= MAIN_URLS; url += 1) writeFileSync(path.join(folder, "html", "m", String(url)), LINE);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Answers `/miss/…` with 1 KiB, besides the files; on the core of the load. */
export function startOrigin(port: number, content: Content): Promise<BenchServer> {
  const server = `root ${content.folder}/html; add_header Cache-Control max-age=3600;
    location /miss/ { return 200 "${LINE}"; }`;
  return startNginx("origin", port, content, server, LOAD_CORE);
}

/** Files straight from the page cache, its fastest way; only what is not stored goes through its cache. */
export function startNginxPeer(port: number, originPort: number, content: Content): Promise<BenchServer> {
  const server = `root ${content.folder}/html; add_header Cache-Control max-age=3600;
    location /miss/ { proxy_pass http://origin; proxy_cache c; proxy_http_version 1.1; proxy_set_header Connection ""; }`;
  const cache = `proxy_cache_path ${content.folder}/cache keys_zone=c:64m max_size=1g;
    upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 100000000; }`;
  return startNginx("nginx", port, content, server, "0", cache);
}

function startNginx(
  name: string,
  port: number,
  { folder }: Content,
  server: string,
  core: string,
  http = "",
): Promise<BenchServer> {
  const own = path.join(folder, name);
  mkdirSync(own);
  chmodSync(own, 0o777);
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = kinds.map((kind) => `${kind}_temp_path ${own}/${kind};`).join(" ");
  writeFileSync(
    path.join(own, "nginx.conf"),
    `worker_processes 1; daemon off; pid ${own}/pid; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; ${temporary} ${http} sendfile on; tcp_nopush off; tcp_nodelay on;
  open_file_cache max=20000 inactive=600s; open_file_cache_valid 600s; keepalive_requests 100000000; keepalive_timeout 600s;
  default_type text/plain; server { listen 127.0.0.1:${port} backlog=4096; ${server} } }
`,
  );
  return started(name, port, "nginx", ["-c", path.join(own, "nginx.conf"), "-e", "stderr"], core);
}

/** In memory, cookies set aside as every site with Varnish does; its log goes nowhere. */
export function startVarnish(port: number, originPort: number, { folder }: Content): Promise<BenchServer> {
  const file = path.join(folder, "bench.vcl");
  writeFileSync(
    file,
    `vcl 4.1; backend default { .host = "127.0.0.1"; .port = "${originPort}"; }
sub vcl_recv { unset req.http.Cookie; }
`,
  );
  const words = ["-F", "-f", file, "-a", `127.0.0.1:${port}`, "-n", path.join(folder, "varnish"), "-s", "malloc,1g"];
  return started("varnish", port, "varnishd", [...words, "-p", "thread_pools=1", "-p", "workspace_client=64k"], "0");
}
