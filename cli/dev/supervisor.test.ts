/** Supervision on a virtual clock with fake programs, and once with real ones. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../runtime/node/clock.ts";
import { LineSplitter } from "./line-splitter.ts";
import { spawnChild } from "./spawn-child.ts";
import {
  type ChildListeners,
  type StartResult,
  SUPERVISOR_LIMITS,
  Supervisor,
  type SupervisorEvent,
} from "./supervisor.ts";

interface FakeRun {
  readonly name: string;
  readonly pid: number;
  readonly listeners: ChildListeners;
  readonly signals: string[];
}

/** A stage where time and deaths are ours to decide. */
function stage() {
  let nowMs = 0;
  const timers: { atMs: number; action: () => void }[] = [];
  const runs: FakeRun[] = [];
  const events: SupervisorEvent[] = [];
  const supervisor = new Supervisor({
    limits: SUPERVISOR_LIMITS,
    onEvent: (event) => events.push(event),
    clock: {
      nowMs: () => nowMs,
      random: () => 0,
      after: (delayMs, action) => {
        const timer = { atMs: nowMs + delayMs, action };
        timers.push(timer);
        return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
      },
    },
    spawn: (plan, listeners) => {
      const run: FakeRun = { name: plan.name, pid: 100 + runs.length, listeners, signals: [] };
      runs.push(run);
      return { pid: run.pid, kill: (signal) => void run.signals.push(signal) };
    },
  });
  const advance = (durationMs: number): void => {
    const endMs = nowMs + durationMs;
    for (;;) {
      const next = timers.filter((timer) => timer.atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      timers.splice(timers.indexOf(next), 1);
      nowMs = next.atMs;
      next.action();
    }
    nowMs = endMs;
  };
  const latest = (name: string): FakeRun => {
    const run = runs.findLast((one) => one.name === name);
    if (run === undefined) throw new Error(`${name} was never started`);
    return run;
  };
  return {
    supervisor,
    runs,
    events,
    advance,
    latest,
    start: (...names: string[]): Promise<StartResult> => supervisor.start(names.map((name) => ({ name, args: [] }))),
    say: (name: string, line: string) => latest(name).listeners.onErrorOutput(line),
    die: (name: string, code = 1) => latest(name).listeners.onEnd({ code, signal: null }),
    kinds: () => events.map((event) => event.kind),
  };
}

async function running(...names: string[]) {
  const scene = stage();
  const started = scene.start(...names);
  for (const name of names) scene.say(name, `READY ${name}`);
  expect(await started).toEqual({ kind: "ready" });
  return scene;
}

describe("start", () => {
  test("is over when each has said READY", async () => {
    const scene = stage();
    let settled = false;
    const started = scene.start("a", "b").then((result) => {
      settled = true;
      return result;
    });
    scene.say("a", "READY a");
    await Promise.resolve();
    expect(settled).toBe(false);
    scene.say("b", "READY b");
    expect(await started).toEqual({ kind: "ready" });
    expect(scene.supervisor.pidOf("b")).toBe(101);
  });

  test("fails with the name and the last words of what died", async () => {
    const scene = stage();
    const started = scene.start("a", "b");
    scene.say("b", "no such flag");
    scene.die("b", 2);
    expect(await started).toEqual({
      kind: "failed",
      name: "b",
      reason: "ended with exit code 2",
      lastLines: ["no such flag"],
    });
  });

  test("fails when one is silent for too long, and does not leave it", async () => {
    const scene = stage();
    const started = scene.start("a");
    scene.advance(SUPERVISOR_LIMITS.readyTimeoutMs);
    expect(await started).toMatchObject({ kind: "failed", name: "a", reason: "did not say READY within 30 s" });
    expect(scene.latest("a").signals).toEqual(["SIGKILL"]);
  });
});

describe("death", () => {
  test("is told and answered by a restart after 200 ms", async () => {
    const scene = await running("a", "b");
    scene.die("a", 9);
    expect(scene.events).toEqual([
      { kind: "died", name: "a", pid: 100, end: { code: 9, signal: null }, restartInMs: 200 },
    ]);
    scene.advance(199);
    expect(scene.runs).toHaveLength(2);
    scene.advance(1);
    expect(scene.runs).toHaveLength(3);
    scene.say("a", "READY a");
    expect(scene.events.at(-1)).toEqual({ kind: "restarted", name: "a", pid: 102 });
  });

  test("ten times quickly: the waits double up to 5 s, then it is left alone", async () => {
    const scene = await running("a");
    const waits: number[] = [];
    for (let death = 1; death <= 10; death += 1) {
      scene.die("a");
      const event = scene.events.at(-1);
      if (event?.kind === "died") {
        waits.push(event.restartInMs);
        scene.advance(event.restartInMs);
        scene.say("a", "READY a");
      }
    }
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
    expect(scene.events.at(-1)).toEqual({ kind: "given-up", name: "a", deaths: 10 });
    const before = scene.runs.length;
    scene.advance(3_600_000);
    expect(scene.runs).toHaveLength(before);
  });

  test("after a long life counts as the first", async () => {
    const scene = await running("a");
    for (let death = 0; death < 30; death += 1) {
      scene.advance(SUPERVISOR_LIMITS.quickDeathMs);
      scene.die("a");
      scene.advance(200);
      scene.say("a", "READY a");
    }
    expect(scene.kinds()).not.toContain("given-up");
  });

  test("before the last of the others was ready is made up for", async () => {
    const scene = stage();
    const started = scene.start("a", "b");
    scene.say("a", "READY a");
    scene.die("a");
    scene.say("b", "READY b");
    expect(await started).toEqual({ kind: "ready" });
    scene.advance(200);
    expect(scene.runs.filter((run) => run.name === "a")).toHaveLength(2);
  });
});

describe("stop", () => {
  test("asks first and insists after 3 s, and nothing is restarted", async () => {
    const scene = await running("polite", "deaf");
    let stopped = false;
    const stopping = scene.supervisor.stop().then(() => {
      stopped = true;
    });
    expect(scene.latest("polite").signals).toEqual(["SIGTERM"]);
    scene.die("polite", 0);
    scene.advance(2_999);
    expect(scene.latest("deaf").signals).toEqual(["SIGTERM"]);
    scene.advance(1);
    expect(scene.latest("deaf").signals).toEqual(["SIGTERM", "SIGKILL"]);
    await Promise.resolve();
    expect(stopped).toBe(false);
    scene.latest("deaf").listeners.onEnd({ code: null, signal: "SIGKILL" });
    await stopping;
    scene.advance(60_000);
    expect(scene.runs).toHaveLength(2);
    expect(scene.events).toEqual([]);
  });

  test("calls off a restart that was waiting", async () => {
    const scene = await running("a");
    scene.die("a");
    await scene.supervisor.stop();
    scene.advance(60_000);
    expect(scene.runs).toHaveLength(1);
  });

  test("during the start ends the start too", async () => {
    const scene = stage();
    const started = scene.start("a");
    const stopping = scene.supervisor.stop();
    scene.die("a", 0);
    await stopping;
    expect(await started).toEqual({ kind: "stopped" });
  });
});

test("lines are cut from bytes however they arrive, and an endless one is bounded", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  const bytes = Buffer.from("ünö\r\ntwo\nthree", "utf8");
  for (const byte of bytes) splitter.write(Buffer.from([byte]));
  splitter.end();
  expect(lines).toEqual(["ünö", "two", "three"]);
  for (let piece = 0; piece < 10; piece += 1) splitter.write(Buffer.alloc(50_000, "x"));
  splitter.write(Buffer.from("\nnext\n"));
  expect(lines).toHaveLength(5);
  expect(lines[3]?.length).toBeLessThanOrEqual(100_000);
  expect(lines[4]).toBe("next");
});

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
