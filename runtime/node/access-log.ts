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
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Lines are held back so long at most, so that many go out in one write. */
const GATHER_MS = 50;
/** Lines become bytes at once, in chunks of this size: as strings they would keep the garbage collector busy. */
const CHUNK_BYTES = 262_144;
/** Records become lines so many at a time: the processor's caches then hold what that needs, and not a request's work. */
const BATCH_RECORDS = 64;
/** Full chunks that wait while a write is under way: 8 MiB. */
const WAITING_MAX_CHUNKS = 32;

interface Chunk {
  readonly bytes: Buffer;
  used: number;
  lines: number;
}

/** Writes records, one line each. */
export class AccessLog {
  readonly #sink: LogSink;
  readonly #lineOf: LogLine;
  readonly #onLost: (error: unknown) => void;
  #batch: RequestRecord[] = [];
  #filling = newChunk();
  #waiting: Chunk[] = [];
  /** A written chunk, to be filled again. */
  #spare: Chunk | undefined;
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
    this.#takeBatch();
    return this.#dropped;
  }

  write(record: RequestRecord): void {
    if (this.#closed) {
      this.#dropped += 1;
      return;
    }
    this.#batch.push(record);
    if (this.#batch.length >= BATCH_RECORDS) this.#takeBatch();
    if (this.#writing === undefined) this.#flushSoon();
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #takeBatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const record of batch) this.#add(this.#lineOf(record));
  }

  #add(line: string): void {
    // A character has three bytes at most: two UTF-16 units that belong together have four.
    const needed = Math.min(line.length * 3, CHUNK_BYTES);
    if (this.#filling.used + needed > CHUNK_BYTES && !this.#turn()) {
      this.#dropped += 1;
      return;
    }
    const chunk = this.#filling;
    chunk.used += chunk.bytes.write(line, chunk.used, "utf8");
    chunk.lines += 1;
  }

  samples(): Sample[] {
    return [sample("antipode_log_lines_total", this.#lines), sample("antipode_log_lines_dropped_total", this.dropped)];
  }

  /** Writes what waits, for so long at most, and then takes no more. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    const deadline = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([this.#drain(), deadline]);
    this.#takeBatch();
    for (const { lines } of [...this.#waiting, this.#filling]) this.#dropped += lines;
    await Promise.race([this.#sink.close(), deadline]);
  }

  async #drain(): Promise<void> {
    this.#takeBatch();
    while (this.#writing !== undefined || this.#waiting.length > 0 || this.#filling.lines > 0) {
      this.#flush();
      await this.#writing;
    }
  }

  /** The chunk is full: another is filled. False when there is no room for one. */
  #turn(): boolean {
    if (this.#waiting.length >= WAITING_MAX_CHUNKS) return false;
    this.#waiting.push(this.#filling);
    this.#filling = this.#spare ?? newChunk();
    this.#spare = undefined;
    this.#flush();
    return true;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#takeBatch();
    if (this.#writing !== undefined) return;
    if (this.#waiting.length === 0 && this.#filling.lines > 0) {
      this.#waiting.push(this.#filling);
      this.#filling = this.#spare ?? newChunk();
      this.#spare = undefined;
    }
    const chunk = this.#waiting.shift();
    if (chunk === undefined) return;
    this.#writing = this.#sink.write(chunk.bytes.subarray(0, chunk.used)).then(
      () => this.#written(chunk),
      (error: unknown) => this.#lost(chunk, error),
    );
  }

  #written(chunk: Chunk): void {
    this.#lines += chunk.lines;
    this.#failing = false;
    this.#next(chunk);
  }

  #lost(chunk: Chunk, error: unknown): void {
    this.#dropped += chunk.lines;
    if (!this.#failing) this.#onLost(error);
    this.#failing = true;
    this.#next(chunk);
  }

  #next(chunk: Chunk): void {
    this.#writing = undefined;
    this.#spare = { bytes: chunk.bytes, used: 0, lines: 0 };
    if (this.#waiting.length > 0) this.#flush();
    else if (this.#filling.lines > 0 || this.#batch.length > 0) this.#flushSoon();
  }
}

function newChunk(): Chunk {
  return { bytes: Buffer.allocUnsafeSlow(CHUNK_BYTES), used: 0, lines: 0 };
}
