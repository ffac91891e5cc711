/** Runs the programs of `antipode dev` from the start to the last end. */
import type { Clock } from "../../core/ports.ts";
import { CommandFailure } from "../args.ts";
import { titleOf, type Welcome } from "./format.ts";
import type { DevOutput } from "./output.ts";
import type { DevProgram } from "./plan.ts";
import { parseRecord, RequestLines } from "./request-lines.ts";
import { spawnChild } from "./spawn-child.ts";
import { type StartResult, SUPERVISOR_LIMITS, Supervisor } from "./supervisor.ts";

const TICK_MS = 100;
/** A second Ctrl-C within this time is the first one, sent twice by npm or a shell. */
const SAME_SIGNAL_MS = 1_000;

/** What to run, and where to tell of it. */
export interface DevRun {
  readonly programs: readonly DevProgram[];
  readonly output: DevOutput;
  readonly clock: Clock;
  readonly welcome: Omit<Welcome, "programs">;
}

/** Returns the exit code when all has ended. A start that fails is a CommandFailure. */
export async function runDev(run: DevRun): Promise<number> {
  const { clock, output } = run;
  const lines = new RequestLines();
  const supervisor = new Supervisor({
    clock,
    spawn: spawnChild,
    limits: SUPERVISOR_LIMITS,
    onEvent: (event) => {
      if (event.kind !== "output") return output.event(event);
      const record = parseRecord(event.line);
      if (record === undefined) return output.event({ ...event, kind: "error-output" });
      for (const line of lines.add(record, clock.nowMs())) output.request(line);
    },
  });
  // Also what keeps this process alive while every child waits for its restart.
  const ticker = setInterval(() => {
    for (const line of lines.release(clock.nowMs())) output.request(line);
    output.tick();
  }, TICK_MS);
  const signals = onStopSignals(supervisor, clock);
  try {
    const started = await supervisor.start(run.programs);
    if (started.kind === "failed") throw new CommandFailure(failureText(started));
    if (started.kind === "ready" && !signals.fired()) {
      const programs = run.programs.map(({ name, url, note }) => ({
        name,
        url,
        note,
        pid: supervisor.pidOf(name) ?? 0,
      }));
      process.stderr.write(`READY dev site=${run.welcome.siteUrl} status=${run.welcome.statusUrl}\n`);
      output.ready({ ...run.welcome, programs });
    }
    await signals.first;
    output.stopping();
    await supervisor.stop();
    output.stopped();
    return 0;
  } finally {
    await supervisor.stop();
    clearInterval(ticker);
    signals.remove();
  }
}

/** Ctrl-C, SIGTERM and a closed terminal end all; a second Ctrl-C does not wait. */
function onStopSignals(supervisor: Supervisor, clock: Clock) {
  let firstAtMs: number | undefined;
  let resolveFirst: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    resolveFirst = resolve;
  });
  const onSignal = (): void => {
    if (firstAtMs === undefined) {
      firstAtMs = clock.nowMs();
      resolveFirst();
      void supervisor.stop();
    } else if (clock.nowMs() - firstAtMs > SAME_SIGNAL_MS) supervisor.kill();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, onSignal);
  return {
    first,
    fired: () => firstAtMs !== undefined,
    remove: () => {
      for (const name of names) process.removeListener(name, onSignal);
    },
  };
}

function failureText(failed: Extract<StartResult, { kind: "failed" }>): string {
  const said = failed.lastLines.map((line) => `\n  ${line}`).join("");
  return `${titleOf(failed.name)} ${failed.reason} and everything was ended${said === "" ? "" : `; it said:${said}`}`;
}
