/** Keeps the programs of `antipode dev` running: waits until all are ready, restarts what dies, and ends all of it. */
import type { Clock } from "../../core/ports.ts";
import { SupervisedChild } from "./supervised-child.ts";

/** One program to run. */
export interface ChildPlan {
  /** Short: `router`, `control`, or the id of an edge. */
  readonly name: string;
  /** What comes after `node`. */
  readonly args: readonly string[];
  /** Begun when the others are ready. */
  readonly afterOthers?: boolean;
}

/** How a program ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What the supervisor hears from a program. */
export interface ChildListeners {
  onOutput(line: string): void;
  onErrorOutput(line: string): void;
  /** Called exactly once. */
  onEnd(end: ChildEnd): void;
}

/** A program that was started. */
export interface ChildHandle {
  readonly pid: number;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/** Starts a program; a start that fails is an end like any other. */
export type SpawnChild = (plan: ChildPlan, listeners: ChildListeners) => ChildHandle;

/** What the supervisor tells. */
export type SupervisorEvent =
  | {
      readonly kind: "died";
      readonly name: string;
      readonly pid: number;
      readonly end: ChildEnd;
      readonly restartInMs: number;
    }
  | { readonly kind: "restarted"; readonly name: string; readonly pid: number }
  | { readonly kind: "given-up"; readonly name: string; readonly deaths: number }
  | { readonly kind: "output"; readonly name: string; readonly line: string }
  | { readonly kind: "error-output"; readonly name: string; readonly line: string };

/** Bounds of supervision. */
export interface SupervisorLimits {
  /** From the start of a program to its READY line. */
  readonly readyTimeoutMs: number;
  readonly firstBackoffMs: number;
  readonly backoffMaxMs: number;
  /** A program that was ready for less than this died quickly. */
  readonly quickDeathMs: number;
  /** After so many quick deaths in a row it is left alone. */
  readonly quickDeathsMax: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopGraceMs: number;
}

/** The bounds of `antipode dev`. */
export const SUPERVISOR_LIMITS: SupervisorLimits = {
  readyTimeoutMs: 30_000,
  firstBackoffMs: 200,
  backoffMaxMs: 5_000,
  quickDeathMs: 10_000,
  quickDeathsMax: 10,
  stopGraceMs: 3_000,
};

/** What became of the start. */
export type StartResult =
  | { readonly kind: "ready" }
  | { readonly kind: "stopped" }
  | {
      readonly kind: "failed";
      readonly name: string;
      readonly reason: string;
      /** The last that it wrote on standard error. */
      readonly lastLines: readonly string[];
    };

/** What a supervisor is made of. */
export interface SupervisorOptions {
  readonly clock: Clock;
  readonly spawn: SpawnChild;
  readonly limits: SupervisorLimits;
  onEvent(event: SupervisorEvent): void;
}

/** All programs of one `antipode dev`. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: SupervisedChild[] = [];
  #stopping: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Starts all at once, but for what needs the others. Anything that dies or is silent for too long on this first time fails the whole. */
  async start(plans: readonly ChildPlan[]): Promise<StartResult> {
    for (const plan of plans) this.#children.push(new SupervisedChild(plan, this.#options));
    const begun = this.#children.filter((_, index) => plans[index]?.afterOthers !== true);
    const early = begun.map((child) => child.start());
    const later = this.#children
      .filter((child) => !begun.includes(child))
      .map((child) => this.#startAfter(early, child));
    const results = [...early, ...later];
    const failure = new Promise<StartResult>((resolve) => {
      for (const result of results) void result.then((one) => (one.kind === "ready" ? undefined : resolve(one)));
    });
    const all = Promise.all(results).then((): StartResult => ({ kind: "ready" }));
    const first = await Promise.race([failure, all]);
    if (first.kind !== "ready" || this.#stopping !== undefined) return first;
    for (const child of this.#children) child.supervise();
    return first;
  }

  async #startAfter(others: readonly Promise<StartResult>[], child: SupervisedChild): Promise<StartResult> {
    const failed = (await Promise.all(others)).find(({ kind }) => kind !== "ready");
    if (failed !== undefined) return failed;
    return this.#stopping === undefined ? child.start() : { kind: "stopped" };
  }

  /** The process id of a program that runs now. */
  pidOf(name: string): number | undefined {
    return this.#children.find((child) => child.name === name)?.pid;
  }

  /** Ends all, politely and then not; resolves when none is left. */
  stop(): Promise<void> {
    this.#stopping ??= Promise.all(this.#children.map((child) => child.stop())).then(() => undefined);
    return this.#stopping;
  }

  /** Ends all now, for a user who does not want to wait. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }
}
