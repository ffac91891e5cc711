/** Supervision on a virtual clock with fake programs. */
import { describe, expect, test, vi } from "vitest";
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
    startAfter: (last: string, ...names: string[]): Promise<StartResult> =>
      supervisor.start([{ name: last, args: [], afterOthers: true }, ...names.map((name) => ({ name, args: [] }))]),
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

  test("begins what needs the others when they are ready: a router would take edges that do not listen yet for dead", async () => {
    const scene = stage();
    const started = scene.startAfter("router", "a", "b");
    expect(scene.runs.map(({ name }) => name)).toEqual(["a", "b"]);
    scene.say("a", "READY a");
    scene.say("b", "READY b");
    await vi.waitFor(() => expect(scene.runs.map(({ name }) => name)).toEqual(["a", "b", "router"]));
    scene.say("router", "READY router");
    expect(await started).toEqual({ kind: "ready" });
  });

  test("never begins it when one of the others fails, or all is stopped before", async () => {
    const failing = stage();
    const failed = failing.startAfter("router", "a");
    failing.die("a", 2);
    expect(await failed).toMatchObject({ kind: "failed", name: "a" });
    const stopping = stage();
    const stopped = stopping.startAfter("router", "a");
    const gone = stopping.supervisor.stop();
    stopping.say("a", "READY a");
    stopping.die("a", 0);
    await gone;
    expect(await stopped).toMatchObject({ kind: "stopped" });
    for (const { runs } of [failing, stopping]) expect(runs.map(({ name }) => name)).toEqual(["a"]);
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
