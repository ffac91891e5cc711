/** What a router has learned of round trips, over its restarts: read once, written every few minutes and at the end. */
import type { Clock } from "../core/ports.ts";
import type { LatencyModel } from "../core/route/latency-model.ts";
import { learnedLines, mergeLearned } from "../core/route/learned-text.ts";

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
  readonly #model: LatencyModel;
  readonly #clock: Clock;
  readonly #options: LearnedTablesOptions;
  #callOff: () => void = () => {};
  #saving: Promise<void> = Promise.resolve();

  constructor(model: LatencyModel, clock: Clock, options: LearnedTablesOptions) {
    this.#model = model;
    this.#clock = clock;
    this.#options = options;
  }

  /** Merges what the file holds. */
  async load(): Promise<void> {
    try {
      const lines = await this.#options.learnedFile?.load();
      if (lines !== undefined) mergeLearned(this.#model, lines, this.#clock.nowMs());
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

  #save(): void {
    const { learnedFile, onError } = this.#options;
    if (learnedFile === undefined) return;
    this.#saving = this.#saving
      .then(() => learnedFile.save(learnedLines(this.#model, this.#clock.nowMs())))
      .catch((error: unknown) => onError(error));
  }
}
