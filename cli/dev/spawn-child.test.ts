/** Supervision of real processes. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../runtime/node/clock.ts";
import { spawnChild } from "./spawn-child.ts";
import { SUPERVISOR_LIMITS, Supervisor, type SupervisorEvent } from "./supervisor.ts";

describe("real processes", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "antipode-supervisor-"));
    writeFileSync(
      join(directory, "child.mjs"),
      'process.stderr.write("READY child\\n"); console.log("{}"); setInterval(() => {}, 1000);\n',
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  test("one that is killed comes back, and stop leaves none", async () => {
    const events: SupervisorEvent[] = [];
    let onRestart: () => void = () => {};
    const restarted = new Promise<void>((resolve) => {
      onRestart = resolve;
    });
    const supervisor = new Supervisor({
      clock: systemClock,
      spawn: spawnChild,
      limits: { ...SUPERVISOR_LIMITS, firstBackoffMs: 10 },
      onEvent: (event) => {
        events.push(event);
        if (event.kind === "restarted") onRestart();
      },
    });
    expect(await supervisor.start([{ name: "a", args: [join(directory, "child.mjs")] }])).toEqual({ kind: "ready" });
    const firstPid = supervisor.pidOf("a") ?? 0;
    process.kill(firstPid, "SIGKILL");
    await restarted;
    const secondPid = supervisor.pidOf("a") ?? 0;
    expect(secondPid).not.toBe(firstPid);
    expect(events).toContainEqual(expect.objectContaining({ kind: "died", end: { code: null, signal: "SIGKILL" } }));
    await expect.poll(() => events).toContainEqual({ kind: "output", name: "a", line: "{}" });
    await supervisor.stop();
    expect([alive(firstPid), alive(secondPid)]).toEqual([false, false]);
  });

  test("a parent that is killed outright leaves no orphan", async () => {
    // The child holds a connection to us: its end is the child's end, also where nobody reaps it.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const childFile = join(directory, "connected.mjs");
    writeFileSync(childFile, `(await import("node:net")).connect(${port}, "127.0.0.1");\n`);
    const parentFile = join(directory, "parent.mjs");
    writeFileSync(
      parentFile,
      `const { spawnChild } = await import(${JSON.stringify(join(import.meta.dirname, "spawn-child.ts"))});
       const listeners = { onOutput() {}, onEnd() {}, onErrorOutput() {} };
       spawnChild({ name: "a", args: [${JSON.stringify(childFile)}] }, listeners);\n`,
    );
    const parent = spawn(process.execPath, [parentFile], { stdio: ["ignore", "ignore", "inherit"] });
    const [socket] = (await once(server, "connection")) as [Socket];
    let ended = false;
    const childEnd = once(
      socket.resume().on("error", () => {}),
      "close",
    ).then(() => {
      ended = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    parent.kill("SIGKILL");
    await childEnd;
    server.close();
  });
});
