/** One JSON line per request; what the reader does not take in time is dropped and counted, never waited for. */
import type { Writable } from "node:stream";
import type { RequestRecord } from "../../core/record.ts";

/** Lines kept while the sink is full. */
const QUEUED_LINES_MAX = 10_000;

/** Writes records, one line each. */
export class AccessLog {
  readonly #sink: Writable;
  #queue: string[] = [];
  #blocked = false;
  #dropped = 0;

  constructor(sink: Writable) {
    this.#sink = sink;
  }

  /** Lines lost so far because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  write(record: RequestRecord): void {
    const line = `${JSON.stringify(record)}\n`;
    if (!this.#blocked) this.#send(line);
    else if (this.#queue.length < QUEUED_LINES_MAX) this.#queue.push(line);
    else this.#dropped += 1;
  }

  #send(line: string): void {
    if (this.#sink.write(line)) return;
    this.#blocked = true;
    this.#sink.once("drain", () => {
      this.#blocked = false;
      const waiting = this.#queue.join("");
      this.#queue = [];
      if (waiting !== "") this.#send(waiting);
    });
  }
}
