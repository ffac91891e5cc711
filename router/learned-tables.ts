/** What a router has learned of round trips, over its restarts: read once, written every few minutes and at the end. */
import type { Clock } from "../core/ports.ts";
import { learnedLines, mergeLearned } from "../core/route/learned-text.ts";
import type { Decider } from "./decider.ts";

const SAVE_EVERY_MS = 300_000;

/** Where it is kept. */
export interface LearnedTablesOptions {
  /** Absent: nothing is kept. */
  readonly learnedFile?: LearnedFile;
  onError(error: unknown): void;
}

/** A file of lines that is whole or not there. */
export interface LearnedFile {
  /** Undefined: there is none yet. */
  load(): Promise<readonly string[] | undefined>;
  save(lines: Iterable<string>): Promise<void>;
}

/** Saves one model. A file that cannot be read or written is told, and costs nothing but what was learned. */
export class LearnedTables {
  readonly #decider: Decider;
  readonly #clock: Clock;
  readonly #options: LearnedTablesOptions;
  #callOff: () => void = () => {};
  #saving: Promise<void> = Promise.resolve();

  constructor(decider: Decider, clock: Clock, options: LearnedTablesOptions) {
    this.#decider = decider;
    this.#clock = clock;
    this.#options = options;
  }

  /** Merges what the file holds. */
  async load(): Promise<void> {
    try {
      const lines = await this.#options.learnedFile?.load();
      if (lines === undefined) return;
      const nowMs = this.#clock.nowMs();
      mergeLearned(
        this.#decider.model,
        lines.filter((line) => !this.#decider.transfer.take(line, nowMs)),
        nowMs,
      );
      for (const edge of this.#decider.transfer.sums(nowMs).keys()) this.#decider.transferred(edge, 0, nowMs);
    } catch (error) {
      this.#options.onError(error);
    }
  }

  /** Begins to save every few minutes. */
  start(): void {
    if (this.#options.learnedFile === undefined) return;
    this.#callOff = this.#clock.after(SAVE_EVERY_MS, () => {
      this.#save();
      this.start();
    });
  }

  /** Saves a last time. */
  async stop(): Promise<void> {
    this.#callOff();
    this.#save();
    await this.#saving;
  }

  *#lines(): Generator<string> {
    yield* learnedLines(this.#decider.model, this.#clock.nowMs());
    yield* this.#decider.transfer.lines();
  }

  #save(): void {
    const { learnedFile, onError } = this.#options;
    if (learnedFile === undefined) return;
    this.#saving = this.#saving.then(() => learnedFile.save(this.#lines())).catch((error: unknown) => onError(error));
  }
}
