/**
 * The index log: a line of records at the end of one file. A record counts once it has been handed to the system, which
 * a kill of this process does not undo; when there are many more records than objects, the log is written anew.
 */
import { readFile, rename } from "node:fs/promises";
import { crc32 } from "node:zlib";
import {
  type LogContent,
  type LogRecord,
  RECORD_BYTES,
  replayRecords,
  writeRecord,
} from "../../../core/cache/disk/log-record.ts";
import { codeOf, type Descriptor, type Files } from "./files.ts";

/** The log is written anew when it has so many times the records of the objects, and at least the second number. */
const RECORDS_PER_OBJECT_MAX = 3;
const RECORDS_MIN = 10_000;

/** Reads a log; an absent one is empty. */
export async function readLog(path: string): Promise<LogContent> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  });
  return replayRecords(bytes, crc32);
}

/** An open log. Writes one at a time; what comes meanwhile goes out together. */
export class IndexLog {
  readonly #files: Files;
  readonly #path: string;
  readonly #live: () => Iterable<LogRecord>;
  #descriptor: Descriptor | undefined;
  #length = 0;
  #objects = 0;
  #waiting: LogRecord[] = [];
  #writing: Promise<void> = Promise.resolve();
  /** The write that will take what waits. */
  #next: Promise<void> | undefined;
  #closed = false;

  /** `live` lists the objects and names of now, for the log that is written anew. */
  constructor(files: Files, path: string, live: () => Iterable<LogRecord>) {
    this.#files = files;
    this.#path = path;
    this.#live = live;
  }

  /**
   * Says what has happened already: it can be seen in the list of what is live. Settles when a kill
   * cannot undo it any more. Fails when it cannot be written.
   */
  append(...records: readonly LogRecord[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("the index log is closed"));
    for (const record of records) this.#waiting.push(record);
    return this.#soon();
  }

  /** Writes the log anew when a write of it has failed: until then what is gone may be in it. Fails when it cannot. */
  async mend(): Promise<void> {
    if (this.#descriptor === undefined && !this.#closed) await this.#soon();
  }

  #soon(): Promise<void> {
    if (this.#next === undefined) {
      const flush = (): Promise<void> => this.#flush();
      this.#next = this.#writing.then(flush, flush);
      this.#writing = this.#next;
    }
    return this.#next;
  }

  async #flush(): Promise<void> {
    this.#next = undefined;
    const records = this.#waiting.splice(0);
    if (this.#descriptor === undefined || this.#isLong()) return await this.#writeAnew();
    try {
      await this.#files.write(this.#descriptor, [encoded(records)], this.#length);
      this.#length += records.length * RECORD_BYTES;
    } catch (error) {
      // Half a record may be there now, and one that says what is gone may not: the next write is of a new log.
      await this.#files.close(this.#descriptor).catch(() => {});
      this.#descriptor = undefined;
      throw error;
    }
  }

  #isLong(): boolean {
    const records = this.#length / RECORD_BYTES;
    return records > RECORDS_MIN && records > this.#objects * RECORDS_PER_OBJECT_MAX;
  }

  /** Beside the old one, which is replaced when the new one is whole. */
  async #writeAnew(): Promise<void> {
    const records = [...this.#live()];
    const bytes = encoded(records);
    if (this.#descriptor !== undefined) await this.#files.close(this.#descriptor).catch(() => {});
    this.#descriptor = undefined;
    const descriptor = await this.#files.create(`${this.#path}.new`);
    try {
      await this.#files.write(descriptor, [bytes], 0);
      await rename(`${this.#path}.new`, this.#path);
    } catch (error) {
      await this.#files.close(descriptor).catch(() => {});
      throw error;
    }
    this.#descriptor = descriptor;
    this.#length = bytes.byteLength;
    this.#objects = records.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing.catch(() => {});
    if (this.#descriptor !== undefined) await this.#files.close(this.#descriptor).catch(() => {});
    this.#descriptor = undefined;
  }
}

function encoded(records: readonly LogRecord[]): Uint8Array {
  const bytes = new Uint8Array(records.length * RECORD_BYTES);
  for (const [index, record] of records.entries()) writeRecord(bytes, index * RECORD_BYTES, record, crc32);
  return bytes;
}
