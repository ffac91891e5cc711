/** The life of one program under supervision: starting, ready, dead and waiting, given up, stopped. */
import type { ChildEnd, ChildHandle, ChildPlan, StartResult, SupervisorOptions } from "./supervisor.ts";

/** Lines of standard error kept to explain a start that failed. */
const LAST_LINES_MAX = 12;

/** One program. `start` runs it the first time; after `supervise` its deaths are answered by restarts. */
export class SupervisedChild {
  readonly name: string;
  readonly #plan: ChildPlan;
  readonly #options: SupervisorOptions;
  #handle: ChildHandle | undefined;
  #readyAtMs: number | undefined;
  #quickDeaths = 0;
  #lastLines: string[] = [];
  #supervised = false;
  #stopping = false;
  #cancelTimer: () => void = () => {};
  #settleStart: (result: StartResult) => void = () => {};
  #onGone: () => void = () => {};

  constructor(plan: ChildPlan, options: SupervisorOptions) {
    this.name = plan.name;
    this.#plan = plan;
    this.#options = options;
  }

  /** The process id while it runs. */
  get pid(): number | undefined {
    return this.#handle?.pid;
  }

  /** Runs the program; settles when it is ready, dead or too late. Never rejects. */
  start(): Promise<StartResult> {
    return new Promise((resolve) => {
      this.#settleStart = resolve;
      this.#run();
    });
  }

  /** From now on a death means a restart; one that happened since the start is made up for at once. */
  supervise(): void {
    this.#supervised = true;
    if (this.#handle === undefined && !this.#stopping) this.#restartLater({ code: null, signal: null }, 0);
  }

  /** SIGTERM, then SIGKILL; resolves when the program is gone. */
  stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer();
    this.#settleStart({ kind: "stopped" });
    const handle = this.#handle;
    if (handle === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onGone = resolve;
      this.#cancelTimer = this.#options.clock.after(this.#options.limits.stopGraceMs, () => handle.kill("SIGKILL"));
      handle.kill("SIGTERM");
    });
  }

  /** SIGKILL. */
  kill(): void {
    this.#handle?.kill("SIGKILL");
  }

  #run(): void {
    const { clock, limits, spawn } = this.#options;
    this.#lastLines = [];
    this.#readyAtMs = undefined;
    let ended = false;
    const handle = spawn(this.#plan, {
      onOutput: (line) => this.#options.onEvent({ kind: "output", name: this.name, line }),
      onErrorOutput: (line) => this.#onErrorOutput(line),
      onEnd: (end) => {
        ended = true;
        this.#onEnd(end);
      },
    });
    if (ended) return;
    this.#handle = handle;
    this.#cancelTimer = clock.after(limits.readyTimeoutMs, () => this.#onTooLate());
  }

  #onErrorOutput(line: string): void {
    if (this.#readyAtMs === undefined && line.startsWith("READY")) {
      this.#onReady();
      return;
    }
    this.#lastLines = [...this.#lastLines, line].slice(-LAST_LINES_MAX);
    // Before the first READY the lines are kept for the explanation; afterwards they are news.
    if (this.#supervised) this.#options.onEvent({ kind: "error-output", name: this.name, line });
  }

  #onReady(): void {
    this.#readyAtMs = this.#options.clock.nowMs();
    if (!this.#stopping) this.#cancelTimer();
    this.#settleStart({ kind: "ready" });
    if (this.#supervised && this.#handle !== undefined) {
      this.#options.onEvent({ kind: "restarted", name: this.name, pid: this.#handle.pid });
    }
  }

  #onTooLate(): void {
    const seconds = this.#options.limits.readyTimeoutMs / 1000;
    this.#settleStart(this.#failure(`did not say READY within ${seconds} s`));
    this.#handle?.kill("SIGKILL");
  }

  #onEnd(end: ChildEnd): void {
    const pid = this.#handle?.pid ?? 0;
    this.#handle = undefined;
    this.#cancelTimer();
    this.#onGone();
    this.#settleStart(this.#failure(endText(end)));
    if (this.#supervised && !this.#stopping) this.#restartLater(end, pid);
  }

  #restartLater(end: ChildEnd, pid: number): void {
    const { clock, limits, onEvent } = this.#options;
    const livedMs = this.#readyAtMs === undefined ? 0 : clock.nowMs() - this.#readyAtMs;
    this.#quickDeaths = livedMs < limits.quickDeathMs ? this.#quickDeaths + 1 : 1;
    if (this.#quickDeaths >= limits.quickDeathsMax) {
      onEvent({ kind: "given-up", name: this.name, deaths: this.#quickDeaths });
      return;
    }
    const restartInMs = Math.min(limits.backoffMaxMs, limits.firstBackoffMs * 2 ** (this.#quickDeaths - 1));
    onEvent({ kind: "died", name: this.name, pid, end, restartInMs });
    this.#cancelTimer = clock.after(restartInMs, () => this.#run());
  }

  #failure(reason: string): StartResult {
    return { kind: "failed", name: this.name, reason, lastLines: this.#lastLines };
  }
}

/** How a program ended, in words. */
export function endText(end: ChildEnd): string {
  if (end.signal !== null) return `was ended by ${end.signal}`;
  return end.code === null ? "ended" : `ended with exit code ${end.code}`;
}
