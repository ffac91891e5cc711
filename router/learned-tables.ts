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
  /** Its first line; undefined: there is none. */
  head(): Promise<string | undefined>;
  save(lines: Iterable<string>): Promise<void>;
}

/** Saves one model. A file that cannot be read or written is told, and costs nothing but what was learned. */
export class LearnedTables {
  readonly #decider: Decider;
  readonly #clock: Clock;
  readonly #options: LearnedTablesOptions;
  #callOff: () => void = () => {};
  #saving: Promise<void> = Promise.resolve();
  /** The first line of the file as it was read or written last: it says when it was written. */
  #head: string | undefined;

  constructor(decider: Decider, clock: Clock, options: LearnedTablesOptions) {
    this.#decider = decider;
    this.#clock = clock;
    this.#options = options;
  }

  /** Merges what the file holds. */
  async load(): Promise<void> {
    try {
      const lines = await this.#options.learnedFile?.load();
      if (lines !== undefined) this.#merge(lines, "more");
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

  #merge(lines: readonly string[], transfers: "more" | "at-least"): void {
    const nowMs = this.#clock.nowMs();
    const { model, transfer } = this.#decider;
    this.#head = lines[0];
    mergeLearned(
      model,
      lines.filter((line) => !transfer.take(line, nowMs, transfers)),
      nowMs,
    );
    for (const edge of transfer.sums(nowMs).keys()) this.#decider.transferred(edge, 0, nowMs);
  }

  *#lines(): Generator<string> {
    let isFirst = true;
    for (const line of learnedLines(this.#decider.model, this.#clock.nowMs())) {
      if (isFirst) this.#head = line;
      isFirst = false;
      yield line;
    }
    yield* this.#decider.transfer.lines();
  }

  /** What another router wrote meanwhile (two overlap in a restart) is taken in first, so that neither undoes the other's. */
  async #saveTo(file: LearnedFile): Promise<void> {
    const head = await file.head();
    const isForeign = head !== undefined && head !== this.#head;
    const lines = isForeign ? await file.load() : undefined;
    if (lines !== undefined) this.#merge(lines, "at-least");
    await file.save(this.#lines());
  }

  #save(): void {
    const { learnedFile, onError } = this.#options;
    if (learnedFile === undefined) return;
    this.#saving = this.#saving.then(() => this.#saveTo(learnedFile)).catch((error: unknown) => onError(error));
  }
}
