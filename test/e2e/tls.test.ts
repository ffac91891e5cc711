/** HTTPS and HTTP/2 as a user meets them: curl asks a router that asks an edge, both by their command lines. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCertificate } from "../certificates.ts";
import { describeNeeding } from "../need.ts";
import { antipode, freePort, type Running, until } from "./processes.ts";

const run = promisify(execFile);

describeNeeding(["openssl", "curl"], "--tls-cert", () => {
  const folder = mkdtempSync(join(tmpdir(), "antipode-tls-"));
  const tls = ["--tls-cert", join(folder, "site.pem"), "--tls-key", join(folder, "site.key")];
  const running: Running[] = [];
  const ports = { edge: 0, router: 0 };
  let origin: Server;

  beforeAll(async () => {
    makeCertificate(folder, "site", "localhost");
    makeCertificate(folder, "other", "other.test");
    origin = createServer((request, response) => {
      const proto = String(request.headers["x-forwarded-proto"]);
      response.writeHead(200, { "cache-control": "max-age=60", "x-proto": proto }).end("hello".repeat(10_000));
    });
    await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
    const { port } = origin.address() as AddressInfo;
    Object.assign(ports, { edge: await freePort(), router: await freePort() });
    const plain = await freePort();
    const start = async (...words: string[]) => running.push(await antipode(words, /READY/));
    await start("edge", "--origin", `http://127.0.0.1:${port}`, "--listen", `127.0.0.1:${ports.edge}`, ...tls);
    await start("edge", "--origin", `http://127.0.0.1:${port}`, "--listen", `127.0.0.1:${plain}`, "--id", "behind");
    const config = join(folder, "router.json");
    writeFileSync(config, JSON.stringify({ sites: {}, edges: { behind: { listen: `http://127.0.0.1:${plain}` } } }));
    await start("router", "--config", config, "--http", `127.0.0.1:${ports.router}`, ...tls);
    await until("the edge to be well", async () => running[2]?.output().includes("behind: unknown → up") === true);
  });

  afterAll(async () => {
    for (const one of running) await one.stop();
    origin.close();
    rmSync(folder, { recursive: true });
  });

  const curl = async (port: number, ...words: string[]) => {
    const usual = [
      "-sS",
      "--cacert",
      join(folder, "site.pem"),
      "-w",
      "\n%{http_version} %{size_download}",
      "-o",
      "/dev/null",
    ];
    return (await run("curl", [...usual, "-D", "-", ...words, `https://localhost:${port}/page`])).stdout;
  };

  test("READY says https", () => {
    for (const index of [0, 2]) expect(running[index]?.output()).toMatch(/READY .*https=127\.0\.0\.1:\d+/);
  });

  test.each(["edge", "router"] as const)(
    "the %s speaks HTTP/2 and HTTP/1.1, and origins hear that it was HTTPS",
    async (role) => {
      const two = await curl(ports[role], "--http2");
      expect(two).toMatch(/^HTTP\/2 200/);
      expect(two).toMatch(/\n2 50000$/);
      const one = await curl(ports[role], "--http1.1");
      expect(one).toMatch(/^HTTP\/1\.1 200/);
      expect(one).toMatch(/cache-status: \w+; hit/i);
      if (role === "edge") expect(one).toMatch(/x-proto: https/i);
    },
  );

  test("HEAD, a body and an early end are as they should be", async () => {
    expect(await curl(ports.edge, "--http2", "-I")).toMatch(/content-length: 50000[\s\S]*\n2 0$/);
    expect(await curl(ports.edge, "--http2", "-r", "0-9")).toMatch(/^HTTP\/2 206[\s\S]*\n2 10$/);
    expect(await curl(ports.edge, "--http2", "-d", "x".repeat(100_000))).toMatch(/^HTTP\/2 200/);
  });

  test.each([
    [["--tls-cert", join(folder, "site.pem")], 2, "give both"],
    [["--tls-cert", join(folder, "site.pem"), "--tls-key", join(folder, "other.key")], 1, "is not the key of"],
    [["--tls-cert", join(folder, "none.pem"), "--tls-key", join(folder, "other.key")], 1, "cannot be read (ENOENT)"],
    [[...tls, "--proxy-protocol", "--trust-proxy", "10.0.0.0/8"], 2, "does not go together"],
  ])("%j ends with %i and one line", async (words, code, sentence) => {
    const bin = join(import.meta.dirname, "..", "..", "bin", "antipode");
    const failed = await run(process.execPath, [
      bin,
      "edge",
      "--origin",
      "http://127.0.0.1:9",
      "--listen",
      "127.0.0.1:0",
      ...words,
    ]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code, stderr: expect.stringContaining(sentence) });
  });
});
