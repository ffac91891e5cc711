/** Debian's nginx and Apache httpd behind an edge: killed, hung, slow, flapping, lying, changed in the middle of a download. */
import { truncateSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import type { OriginPoolConfig } from "../../core/config/types.ts";
import { describeNeeding } from "../need.ts";
import { type EdgeWithSite, edgeWithSite } from "./edge-with-site.ts";
import { putFile, type RealServer, type ServerKind, type ServerOptions, siteFolder, startServer } from "./servers.ts";

const MIB = 1_048_576;
const SHORT: OriginPoolConfig = { timeouts: { connectMs: 500, firstByteMs: 400, betweenBytesMs: 1_000 } };
const STALE_SOON = {
  nginx: 'add_header Cache-Control "max-age=1, stale-if-error=600";',
  httpd: 'Header set Cache-Control "max-age=1, stale-if-error=600"',
};

// Servers are started and killed, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function server(kind: ServerKind, options: ServerOptions): Promise<RealServer> {
  const started = await startServer(kind, options);
  closers.push(() => started.stop());
  return started;
}

async function edgeBefore(servers: readonly RealServer[], origin: OriginPoolConfig = SHORT): Promise<EdgeWithSite> {
  const edge = await edgeWithSite({ origins: servers.map(({ url }) => ({ url })), origin });
  closers.push(() => edge.close());
  return edge;
}

function folder(files: Readonly<Record<string, string | Buffer>>): string {
  const made = siteFolder({ up: "", ...files });
  closers.push(() => made.remove());
  return made.root;
}

async function outcomeOf(edge: EdgeWithSite, path: string): Promise<string> {
  const answer = await fetch(`${edge.url}${path}`);
  const body = await answer.text();
  const detail = /detail=([a-z-]+)/.exec(answer.headers.get("cache-status") ?? "")?.[1];
  return `${answer.status} ${detail} ${answer.status === 200 ? body : ""}`.trim();
}

/** Everything that comes until the end or the cut. */
function download(
  url: string,
  headers: Readonly<Record<string, string>>,
  onData: () => void,
): Promise<{ body: Buffer; whole: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    get(url, { headers }, (response) => {
      response.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        onData();
      });
      response.on("error", () => {});
      response.on("close", () => resolve({ body: Buffer.concat(chunks), whole: response.complete }));
    }).on("error", reject);
  });
}

const KINDS: readonly ServerKind[] = ["nginx", "httpd"];

describeNeeding(["nginx", "httpd"], "real servers as origins", () => {
  it.each(KINDS)("%s killed: another server answers at once; alone, what is stored does", async (kind) => {
    const root = folder({ "page.txt": "page", "other.txt": "other" });
    const one = await server(kind, { root, more: STALE_SOON[kind] });
    const two = await server(kind === "nginx" ? "httpd" : "nginx", { root });
    const [pair, alone] = [await edgeBefore([one, two]), await edgeBefore([one])];
    expect(await outcomeOf(alone, "/page.txt")).toBe("200 stored page");
    await one.signal("SIGKILL");
    for (let index = 0; index < 20; index += 1)
      expect(await outcomeOf(pair, `/page.txt?${index}`)).toMatch(/^200 .* page$/);
    await expect.poll(() => outcomeOf(alone, "/page.txt"), { timeout: 5_000 }).toBe("200 stale-if-error page");
    expect(await outcomeOf(alone, "/other.txt")).toBe("502 origin-refused");
  });

  it.each(KINDS)("%s hung (SIGSTOP): the same, after the time limit; and it is back when it goes on", async (kind) => {
    const root = folder({ "page.txt": "page", "other.txt": "other" });
    const one = await server(kind, { root, more: STALE_SOON[kind] });
    const two = await server(kind === "nginx" ? "httpd" : "nginx", { root });
    const [pair, alone] = [await edgeBefore([one, two]), await edgeBefore([one])];
    expect(await outcomeOf(alone, "/page.txt")).toBe("200 stored page");
    await one.signal("SIGSTOP");
    for (let index = 0; index < 8; index += 1)
      expect(await outcomeOf(pair, `/page.txt?${index}`)).toMatch(/^200 .* page$/);
    await expect.poll(() => outcomeOf(alone, "/page.txt"), { timeout: 5_000 }).toBe("200 stale-if-error page");
    expect(await outcomeOf(alone, "/other.txt")).toBe("504 origin-timeout");
    await one.signal("SIGCONT");
    await expect.poll(() => outcomeOf(alone, "/other.txt"), { timeout: 5_000 }).toMatch(/^200 .* other$/);
  });

  it("a slow server is waited for as long as it goes on sending", async () => {
    const root = folder({ "slow.bin": Buffer.alloc(300_000, "s") });
    const slow = await server("nginx", { root, more: "limit_rate 200k;" });
    const edge = await edgeBefore([slow]);
    const startMs = performance.now();
    expect((await (await fetch(`${edge.url}/slow.bin`)).arrayBuffer()).byteLength).toBe(300_000);
    expect(performance.now() - startMs).toBeGreaterThan(700);
  });

  it("a server that flaps costs no request while another is there", async () => {
    const root = folder({ "page.txt": "page" });
    const steady = await server("httpd", { root });
    let flapping = await server("nginx", { root });
    const edge = await edgeBefore([flapping, steady]);
    const answers: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      await flapping.signal("SIGKILL");
      for (let index = 0; index < 10; index += 1)
        answers.push(await outcomeOf(edge, `/page.txt?${round}-${index}-down`));
      flapping = await server("nginx", { root, port: flapping.port });
      for (let index = 0; index < 10; index += 1) answers.push(await outcomeOf(edge, `/page.txt?${round}-${index}-up`));
    }
    expect(answers.filter((answer) => !answer.startsWith("200"))).toEqual([]);
  });

  it("a server that says two lengths is not believed", async () => {
    const root = folder({ "page.txt": "page" });
    const doubled = await server("nginx", { root, more: "location = /page.txt { add_header Content-Length 2; }" });
    expect(await outcomeOf(await edgeBefore([doubled]), "/page.txt")).toBe("502 origin-malformed");
  });

  it("a server that sends less than it says is found out: the client sees the cut, and nothing is kept", async () => {
    const root = folder({ "long.bin": Buffer.alloc(600_000, "x") });
    const lying = await server("nginx", {
      root,
      more: 'limit_rate 400k; sendfile on; add_header Cache-Control "max-age=600";',
    });
    const edge = await edgeBefore([lying]);
    let cut = false;
    const got = await download(`${edge.url}/long.bin`, {}, () => {
      if (!cut) truncateSync(join(root, "long.bin"), 1_000);
      cut = true;
    });
    expect(got.whole).toBe(false);
    expect(got.body.length).toBeLessThan(600_000);
    putFile(join(root, "long.bin"), "right", 30);
    expect(await outcomeOf(edge, "/long.bin")).toBe("200 stored right");
  });

  it.each(KINDS)(
    "%s, whose file changes in the middle of a download: no client gets parts of two versions",
    async (kind) => {
      const size = 6 * MIB;
      const root = folder({ "film.bin": Buffer.alloc(size, "a") });
      const origin = await server(kind, { root });
      const edge = await edgeBefore([origin]);
      let changed = false;
      const got = await download(`${edge.url}/film.bin`, { range: "bytes=1000-" }, () => {
        if (changed) return;
        changed = true;
        putFile(join(root, "film.bin"), Buffer.alloc(size + 7, "b"), 30);
      });
      expect(new Set(got.body)).toEqual(new Set([97]));
      if (got.whole) expect(got.body.length).toBe(size - 1_000);
      const after = await download(`${edge.url}/film.bin`, { range: "bytes=1000-" }, () => {});
      expect(new Set(after.body)).toEqual(new Set([98]));
      expect([after.whole, after.body.length]).toEqual([true, size + 7 - 1_000]);
    },
  );
});
