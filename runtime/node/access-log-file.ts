/**
 * The access log in a file: appended to, set aside when it is full, opened anew when somebody else has moved it away
 * (logrotate: move, then send SIGHUP or SIGUSR2).
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { LogSink } from "./access-log.ts";

/** How a file is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** A file that has reached it becomes `path.1`, that one `path.2`, and so on. 0: never. */
  readonly maxBytes: number;
  /** How many of these are kept. */
  readonly keptFiles: number;
}

/** Readable by its owner and group: a log tells who asked for what. */
const MODE = 0o640;

/** A sink that writes to a file. */
export class FileSink implements LogSink {
  readonly #options: LogFileOptions;
  #file: FileHandle | undefined;
  #bytes = 0;
  #reopen = false;

  private constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Opens the file; rejects when it cannot be written. */
  static async open(options: LogFileOptions): Promise<FileSink> {
    const sink = new FileSink(options);
    await sink.#open();
    return sink;
  }

  /** From the next write on, the file of that name, be it a new one. */
  reopen(): void {
    this.#reopen = true;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#reopen) await this.#close();
    const file = this.#file ?? (await this.#open());
    try {
      await writeWhole(file, bytes);
    } catch (error) {
      // Whatever it was, the next write begins with a new attempt to open.
      await this.#close();
      throw error;
    }
    this.#bytes += bytes.byteLength;
    if (this.#options.maxBytes > 0 && this.#bytes >= this.#options.maxBytes) await this.#rotate();
  }

  async close(): Promise<void> {
    await this.#close();
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#options.path, "a", MODE);
    this.#file = file;
    this.#bytes = (await file.stat()).size;
    this.#reopen = false;
    return file;
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#reopen = false;
    await file?.close().catch(() => {});
  }

  async #rotate(): Promise<void> {
    const { path, keptFiles } = this.#options;
    await this.#close();
    await rm(keptFiles === 0 ? path : `${path}.${keptFiles}`, { force: true });
    for (let number = keptFiles - 1; number >= 0; number -= 1) {
      const from = number === 0 ? path : `${path}.${number}`;
      await rename(from, `${path}.${number + 1}`).catch(ignoreMissing);
    }
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) at += (await file.write(bytes, at)).bytesWritten;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
