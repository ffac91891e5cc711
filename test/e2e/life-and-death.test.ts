/** How real processes end: told to stop under load, and after a bug that nothing caught. */
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { antipode, freePort, until } from "./processes.ts";
import { rollingRestarts } from "./rolling-restarts.ts";

it("a restart on the same address is noticed by no client", { timeout: 60_000 }, async () => {
  const result = await rollingRestarts(2, { requestsPerSecond: 500, kept: 45, freshPerSecond: 50 });
  expect(result).toMatchObject({ restarts: 2, exitCodes: [0, 0], notReady: 0, counts: { failed: {} } });
  expect(result.counts.answered).toBeGreaterThan(200);
});

describe("a bug that nothing caught", { timeout: 60_000 }, () => {
  let folder: string;
  let config: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "antipode-"));
    config = join(folder, "antipode.config.json");
    const site = { hosts: ["a.example"], origins: [{ url: "http://origin.a.example" }] };
    const edges = { fra: { at: [50.1, 8.7], addresses: ["192.0.2.2"] } };
    await writeFile(config, JSON.stringify({ sites: { a: site }, edges }));
    // The bug: thrown by a signal that the programs know nothing of.
    await writeFile(join(folder, "bug.mjs"), 'process.on("SIGUSR2", () => { throw new Error("a planted bug"); });');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const started = async (command: readonly string[]): ReturnType<typeof antipode> =>
    antipode(command, /READY/, { NODE_OPTIONS: `--import=${join(folder, "bug.mjs")}` });

  it.each([
    ["router", (at: string) => ["router", "--config", config, "--http", at]],
    ["control", (at: string) => ["control", "--config", config, "--listen", at]],
  ])("ends a %s with its stack and exit code 70", async (_role, command) => {
    const running = await started(command("127.0.0.1:0"));
    await running.stop("SIGUSR2");
    expect(running.child.exitCode).toBe(70);
    expect(running.output()).toMatch(/internal error .*a planted bug\n\s+at /);
  });

  it("lets an edge finish what is under way and write its log, not ready meanwhile", async () => {
    const log = join(folder, "access.log");
    const [port, adminPort, originPort] = [await freePort(), await freePort(), await freePort()];
    const origin = await slowOrigin(originPort);
    const running = await started([
      ...["edge", "--origin", `http://127.0.0.1:${originPort}`, "--listen", `127.0.0.1:${port}`],
      ...["--admin", `127.0.0.1:${adminPort}`, "--access-log", "json", "--access-log-file", log],
    ]);
    const answer = fetch(`http://127.0.0.1:${port}/`);
    await origin.asked;
    running.child.kill("SIGUSR2");
    const readyz = `http://127.0.0.1:${adminPort}/readyz`;
    await until("the edge to be not ready", async () => (await fetch(readyz)).status === 503);
    await expect(accepts(port)).resolves.toBe(false);
    const exit = once(running.child, "exit");
    origin.answer();
    const response = await answer;
    expect([response.headers.get("connection"), await response.text()]).toEqual(["close", "late"]);
    expect(await exit).toEqual([70, null]);
    expect(running.output().match(/a planted bug/g)).toHaveLength(1);
    expect(JSON.parse(await readFile(log, "utf8"))).toMatchObject({ target: "/", status: 200, complete: true });
    origin.close();
  });
});

/** An origin that answers when it is told to. */
async function slowOrigin(port: number) {
  let answer = (): void => {};
  let asked = (): void => {};
  const whenAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const server = createServer((_request, response) => {
    answer = () => void response.end("late");
    asked();
  });
  await once(server.listen(port, "127.0.0.1"), "listening");
  return { asked: whenAsked, answer: () => answer(), close: () => void server.close() };
}

/** Whether anybody listens. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}
