/** Debian's nginx and Apache httpd as origins that speak HTTP/2, behind an edge whose site wants it. */
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { OriginPoolConfig } from "../../core/config/types.ts";
import { describeNeeding } from "../need.ts";
import { type Authority, authority, type Signed } from "./certificates.ts";
import { type EdgeWithSite, edgeWithSite } from "./edge-with-site.ts";
import { putFile, type RealServer, type ServerKind, siteFolder, startServer } from "./servers.ts";

const MIB = 1_048_576;
/** What each of them says of the protocol that it was asked by. */
const SAYS_PROTOCOL = {
  nginx: 'add_header X-Protocol $server_protocol; add_header Cache-Control "max-age=1, stale-if-error=600";',
  httpd: `Header set X-Protocol "expr=%{SERVER_PROTOCOL}"\nHeader set Cache-Control "max-age=1, stale-if-error=600"`,
};
const KINDS: readonly ServerKind[] = ["nginx", "httpd"];

vi.setConfig({ testTimeout: 60_000 });

let ours: Authority;
let signed: Signed;
const closers: (() => unknown)[] = [];
beforeAll(() => {
  ours = authority();
  signed = ours.sign("origin.test");
});
afterAll(() => ours.remove());
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function server(
  kind: ServerKind,
  files: Readonly<Record<string, string | Buffer>>,
  options: { readonly http2?: boolean; readonly more?: string; readonly clientAuthority?: string } = {},
): Promise<RealServer & { readonly root: string }> {
  const { root, remove } = siteFolder({ up: "", ...files });
  const { http2 = true, more = "", ...rest } = options;
  const started = await startServer(kind, {
    root,
    tls: { ...signed, ...rest, http2 },
    more: SAYS_PROTOCOL[kind] + more,
  });
  closers.push(remove, () => started.stop());
  return { ...started, root };
}

async function edgeBefore({ port }: RealServer, origin: OriginPoolConfig = {}): Promise<EdgeWithSite> {
  const tls = { authoritiesFile: ours.file, ...origin.tls };
  const edge = await edgeWithSite(
    { origins: [{ url: `https://origin.test:${port}` }], origin: { http2: true, ...origin, tls } },
    { upstream: { resolveName: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]) } },
  );
  closers.push(() => edge.close());
  return edge;
}

async function ask(edge: EdgeWithSite, path: string, init?: RequestInit): Promise<string> {
  const answer = await fetch(`${edge.url}${path}`, init);
  const body = await answer.text();
  const detail = /detail=([a-z-]+)/.exec(answer.headers.get("cache-status") ?? "")?.[1];
  return `${answer.status} ${detail} ${answer.headers.get("x-protocol") ?? "-"} ${body.length > 100 ? body.length : body}`;
}

describeNeeding(["nginx", "httpd", "openssl"], "real servers as origins by HTTP/2", () => {
  it.each(KINDS)("%s: pages, revalidations, parts, large files, many at once", async (kind) => {
    const origin = await server(kind, { "page.txt": "page", "large.bin": Buffer.alloc(9 * MIB, "l") });
    const edge = await edgeBefore(origin);
    expect(await ask(edge, "/page.txt")).toBe("200 stored HTTP/2.0 page");
    expect(await ask(edge, "/page.txt", { headers: { range: "bytes=1-2" } })).toContain(" HTTP/2.0 ag");
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await ask(edge, "/page.txt")).toBe("200 revalidated HTTP/2.0 page");
    expect(await ask(edge, "/missing")).toMatch(/^404 not-stored /);
    expect(await ask(edge, "/large.bin")).toMatch(new RegExp(`^200 \\S+ HTTP/2.0 ${9 * MIB}$`));
    const many = Array.from({ length: 150 }, (_, index) => ask(edge, `/page.txt?${index}`));
    expect(new Set(await Promise.all(many))).toEqual(new Set(["200 stored HTTP/2.0 page"]));
  });

  it("nginx without HTTP/2 is spoken to by HTTP/1.1, and a site that does not want it never speaks it", async () => {
    const old = await server("nginx", { "page.txt": "page" }, { http2: false });
    expect(await ask(await edgeBefore(old), "/page.txt")).toBe("200 stored HTTP/1.1 page");
    const modern = await server("nginx", { "page.txt": "page" });
    expect(await ask(await edgeBefore(modern, { http2: false }), "/page.txt")).toBe("200 stored HTTP/1.1 page");
  });

  it("a client certificate is shown, and checks on health go the same way", async () => {
    const origin = await server("nginx", { "page.txt": "page" }, { clientAuthority: ours.file });
    const healthCheck = { path: "/page.txt", intervalMs: 500, timeoutMs: 400, expectBody: "page" };
    const edge = await edgeBefore(origin, { tls: ours.sign("edge.test"), healthCheck });
    expect(await ask(edge, "/page.txt")).toBe("200 stored HTTP/2.0 page");
    await expect.poll(() => edge.status(), { timeout: 5_000 }).toContain('"up"');
    expect(await ask(await edgeBefore(origin), "/page.txt")).toMatch(/^400 /);
  });

  it("killed, what is stored is served; hung, too; and it is back when it goes on", async () => {
    const origin = await server("nginx", { "page.txt": "page", "other.txt": "other" });
    const edge = await edgeBefore(origin, { timeouts: { connectMs: 500, firstByteMs: 400 } });
    expect(await ask(edge, "/page.txt")).toBe("200 stored HTTP/2.0 page");
    await origin.signal("SIGSTOP");
    await expect.poll(() => ask(edge, "/page.txt"), { timeout: 5_000 }).toBe("200 stale-if-error HTTP/2.0 page");
    expect(await ask(edge, "/other.txt")).toMatch(/^504 origin-timeout /);
    await origin.signal("SIGCONT");
    await expect.poll(() => ask(edge, "/other.txt"), { timeout: 5_000 }).toBe("200 stored HTTP/2.0 other");
    await origin.signal("SIGKILL");
    await expect.poll(() => ask(edge, "/page.txt"), { timeout: 5_000 }).toBe("200 stale-if-error HTTP/2.0 page");
    expect(await ask(edge, "/never.txt")).toMatch(/^502 origin-(refused|reset) /);
  });

  it("a file that is cut while it is sent is a cut for the client, and nothing is kept", async () => {
    const origin = await server("nginx", { "long.bin": Buffer.alloc(600_000, "x") }, { more: "limit_rate 300k;" });
    const edge = await edgeBefore(origin);
    const answer = await fetch(`${edge.url}/long.bin`);
    truncateSync(join(origin.root, "long.bin"), 1_000);
    await expect(answer.arrayBuffer()).rejects.toThrow();
    putFile(join(origin.root, "long.bin"), "right", 30);
    expect(await ask(edge, "/long.bin")).toBe("200 stored HTTP/2.0 right");
  });

  it("connections that nginx closes after a few requests cost no request", async () => {
    const origin = await server("nginx", { "page.txt": "page" }, { more: "keepalive_requests 7;" });
    const edge = await edgeBefore(origin, { retries: 0 });
    const answers: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      const some = Array.from({ length: 10 }, (_, index) => ask(edge, `/page.txt?${round}-${index}`));
      answers.push(...(await Promise.all(some)));
    }
    expect(answers.filter((answer) => answer !== "200 stored HTTP/2.0 page")).toEqual([]);
  });
});
