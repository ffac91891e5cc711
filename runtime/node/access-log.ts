/**
 * The access log: lines are gathered for a moment and written together. What its sink does not take in time is dropped
 * and counted, never waited for: a slow disk or reader must not slow a request.
 */
import type { LogLine } from "../../core/log/log-line.ts";
import { type Sample, sample } from "../../core/metrics/metrics-text.ts";
import type { RequestRecord } from "../../core/record.ts";

/** Where lines go: one write at a time. */
export interface LogSink {
  /** Takes whole lines. Settles when the next may come; rejects when these are lost. */
  write(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Lines are held back so long at most, so that many go out in one write. */
const GATHER_MS = 50;
/** From this on they are not held back. */
const GATHER_CHARACTERS = 65_536;
/** What waits while a write is under way, about as many bytes. */
const WAITING_MAX_CHARACTERS = 8 * 1_048_576;

/** Writes records, one line each. */
export class AccessLog {
  readonly #sink: LogSink;
  readonly #lineOf: LogLine;
  readonly #onLost: (error: unknown) => void;
  #waiting = "";
  #waitingLines = 0;
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lines = 0;
  #dropped = 0;
  #closed = false;
  #failing = false;

  /** `onLost` is told of the first lines that the sink could not write, and again when it fails after a success. */
  constructor(sink: LogSink, lineOf: LogLine, onLost: (error: unknown) => void = () => {}) {
    this.#sink = sink;
    this.#lineOf = lineOf;
    this.#onLost = onLost;
  }

  /** Lines lost so far. */
  get dropped(): number {
    return this.#dropped;
  }

  write(record: RequestRecord): void {
    if (this.#closed || this.#waiting.length >= WAITING_MAX_CHARACTERS) {
      this.#dropped += 1;
      return;
    }
    this.#waiting += this.#lineOf(record);
    this.#waitingLines += 1;
    if (this.#writing !== undefined) return;
    if (this.#waiting.length >= GATHER_CHARACTERS) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  samples(): Sample[] {
    return [sample("antipode_log_lines_total", this.#lines), sample("antipode_log_lines_dropped_total", this.#dropped)];
  }

  /** Writes what waits, for so long at most, and then takes no more. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([this.#drain(), deadline]);
    this.#dropped += this.#waitingLines;
    await Promise.race([this.#sink.close(), deadline]);
  }

  async #drain(): Promise<void> {
    while (this.#writing !== undefined || this.#waiting !== "") {
      this.#flush();
      await this.#writing;
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#writing !== undefined || this.#waiting === "") return;
    const text = this.#waiting;
    const lines = this.#waitingLines;
    this.#waiting = "";
    this.#waitingLines = 0;
    this.#writing = this.#sink.write(text).then(
      () => this.#written(lines),
      (error: unknown) => this.#lost(lines, error),
    );
  }

  #written(lines: number): void {
    this.#lines += lines;
    this.#failing = false;
    this.#next();
  }

  #lost(lines: number, error: unknown): void {
    this.#dropped += lines;
    if (!this.#failing) this.#onLost(error);
    this.#failing = true;
    this.#next();
  }

  #next(): void {
    this.#writing = undefined;
    if (this.#waiting.length >= GATHER_CHARACTERS) this.#flush();
    else if (this.#waiting !== "") this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }
}
