/** The worked examples of docs/origins.md, followed with the files that stand there, the command, and real servers. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, it, vi } from "vitest";
import { antipode, freePort } from "../e2e/processes.ts";
import { describeNeeding, toolPath } from "../need.ts";
import { bucketStub } from "./bucket-stub.ts";
import { siteFolder, startServer } from "./servers.ts";

const PAGE = readFileSync(join(import.meta.dirname, "..", "..", "docs", "origins.md"), "utf8");

// Each starts an edge, servers and curl, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The block of the page that begins with `# NAME`. */
function file(name: string): string {
  const block = [...PAGE.matchAll(/```\w+\n([\s\S]*?)```/g)].find(([, text]) => text?.startsWith(`# ${name}\n`))?.[1];
  if (block === undefined) throw new Error(`the page has no ${name}`);
  return block;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "antipode-docs-"));
  closers.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function site(): string {
  const made = siteFolder({ up: "", "page.txt": "page", "other.txt": "other" });
  closers.push(() => made.remove());
  return made.root;
}

/** Starts the command with a file of the page in which some words are others. */
async function edge(name: string, changes: Readonly<Record<string, string>>, environment: NodeJS.ProcessEnv = {}) {
  const [port, admin, at] = [await freePort(), await freePort(), folder()];
  const text = Object.entries(changes).reduce((before, [from, to]) => before.replaceAll(from, to), file(name));
  writeFileSync(join(at, name), text);
  const listeners = ["--listen", `127.0.0.1:${port}`, "--admin", `127.0.0.1:${admin}`];
  const running = await antipode(["edge", "--config", join(at, name), ...listeners], /READY/, environment);
  closers.push(() => running.stop());
  const curl = async (path: string, host = "www.example.com"): Promise<string> => {
    const words = ["-si", `http://127.0.0.1:${port}${path}`, "-H", `Host: ${host}`];
    return (await promisify(execFile)(toolPath("curl") ?? "curl", words)).stdout;
  };
  const status = async (): Promise<string> => await (await fetch(`http://127.0.0.1:${admin}/status.json`)).text();
  return { curl, status };
}

describeNeeding(["nginx", "curl", "openssl"], "docs/origins.md, followed", () => {
  it("one server", async () => {
    const origin = await startServer("nginx", { root: site() });
    closers.push(() => origin.stop());
    const { curl } = await edge("one-server.yaml", { "127.0.0.1:9001": `127.0.0.1:${origin.port}` });
    expect(await curl("/page.txt")).toMatch(
      /cache-status: edge; fwd=uri-miss; ttl=\d; stored; detail=stored[\s\S]*page$/i,
    );
    await origin.signal("SIGKILL");
    await expect
      .poll(() => curl("/page.txt"), { timeout: 5_000 })
      .toMatch(/cache-status: edge; fwd=stale; ttl=-\d+; detail=stale-if-error[\s\S]*page$/i);
    expect(await curl("/other.txt")).toMatch(/^HTTP\/1.1 502 [\s\S]*<h1>We will be back in a minute<\/h1>$/);
  });

  it("two servers with failover", async () => {
    const root = site();
    const one = await startServer("nginx", { root });
    const two = await startServer("nginx", { root });
    closers.push(
      () => two.stop(),
      () => one.stop(),
    );
    const ports = { "127.0.0.1:9001": `127.0.0.1:${one.port}`, "127.0.0.1:9002": `127.0.0.1:${two.port}` };
    const { curl, status } = await edge("two-servers.yaml", ports);
    await one.signal("SIGKILL");
    for (let index = 0; index < 10; index += 1) expect(await curl(`/page.txt?${index}`)).toMatch(/^HTTP\/1.1 200 /);
    await expect.poll(status, { timeout: 5_000 }).toContain('"health":"down"');
    const again = await startServer("nginx", { root, port: one.port });
    closers.push(() => again.stop());
    await expect.poll(status, { timeout: 5_000 }).not.toContain('"health":"down"');
    expect(await curl("/page.txt?again")).toMatch(/^HTTP\/1.1 200 /);
  });

  it("a bucket", async () => {
    const secrets = { S3_KEY_ID: "AKIDEXAMPLE", S3_SECRET: "a-secret/of+the-bucket" };
    const stub = await bucketStub({
      ...{ accessKeyId: secrets.S3_KEY_ID, secretAccessKey: secrets.S3_SECRET, region: "eu-central-1" },
      objects: { "/hello.txt": "hello from the bucket", "/index.html": "index" },
    });
    closers.push(() => stub.close());
    // The store of the test is on this machine.
    const here = {
      "https://media.s3.eu-central-1.amazonaws.com": stub.url,
      "bucket: {": "allowPrivate: true\n      bucket: {",
    };
    await expect(edge("bucket.yaml", here)).rejects.toThrow(/the secret S3_KEY_ID is not set/);
    const { curl } = await edge("bucket.yaml", here, secrets);
    expect(await curl("/hello.txt", "media.example.com")).toMatch(/200 [\s\S]*hello from the bucket$/);
    expect(await curl("/?list-type=2", "media.example.com")).toMatch(/200 [\s\S]*index$/);
  });

  it("mutual TLS", async () => {
    const at = folder();
    writeFileSync(join(at, "certificates.sh"), file("certificates.sh"));
    execFileSync("sh", ["-e", "certificates.sh"], { cwd: at, stdio: "pipe" });
    const name = (part: string): string => join(at, part);
    const origin = await startServer("nginx", {
      root: site(),
      tls: {
        certificateFile: name("origin.internal.example.pem"),
        keyFile: name("origin.internal.example.key"),
        clientAuthority: name("ca.pem"),
      },
    });
    closers.push(() => origin.stop());
    const here = { "127.0.0.1:9003": `127.0.0.1:${origin.port}`, "/etc/antipode": at };
    const { curl } = await edge("mutual-tls.yaml", here);
    expect(await curl("/page.txt")).toMatch(/^HTTP\/1.1 200 [\s\S]*page$/);
    const without = execFileSync("curl", ["-sk", `${origin.url}/page.txt`], { encoding: "utf8" });
    expect(without).toContain("No required SSL certificate was sent");
    await expect(edge("mutual-tls.yaml", { "/etc/antipode": "/nowhere" })).rejects.toThrow(
      /\/nowhere\/ca.pem cannot be read/,
    );
  });
});
