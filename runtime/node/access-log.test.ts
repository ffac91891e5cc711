/** The access log: nothing is waited for, what is lost is counted, files turn over. */
import { mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RequestRecord } from "../../core/record.ts";
import { AccessLog, type LogSink } from "./access-log.ts";
import { FileSink } from "./access-log-file.ts";

const record = (target: string): RequestRecord => ({
  ...{ atMs: 0, node: "nyc", role: "edge", site: "example", outcome: "hit", forward: undefined },
  ...{ method: "GET", authority: "a", target, status: 200, bodyBytes: 0, complete: true },
  ...{ clientAddress: "192.0.2.1", headMs: 0, totalMs: 0 },
});

const lineOf = ({ target }: RequestRecord): string => `${target}\n`;

/** A sink whose writes end when the test says so. */
class SlowSink implements LogSink {
  readonly texts: string[] = [];
  #end: { resolve: () => void; reject: (error: Error) => void } | undefined;

  write(bytes: Uint8Array): Promise<void> {
    this.texts.push(Buffer.from(bytes).toString());
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async ends(error?: Error): Promise<void> {
    if (error === undefined) this.#end?.resolve();
    else this.#end?.reject(error);
    await vi.advanceTimersByTimeAsync(100);
  }
}

describe("the log", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("gathers lines and writes them together, within a moment", async () => {
    const sink = new SlowSink();
    const log = new AccessLog(sink, lineOf);
    log.write(record("/a"));
    log.write(record("/b"));
    expect(sink.texts).toEqual([]);
    await vi.advanceTimersByTimeAsync(50);
    expect(sink.texts).toEqual(["/a\n/b\n"]);
  });

  test("drops and counts what a stuck reader does not take, and holds no more than its limit", async () => {
    const sink = new SlowSink();
    const log = new AccessLog(sink, lineOf);
    const long = `/${"x".repeat(1_022)}`;
    for (let index = 0; index < 20_000; index += 1) log.write(record(long));
    expect(sink.texts).toHaveLength(1);
    // One chunk is being written, 32 wait, one is being filled; each of 256 KiB less the room that a line may need.
    const held = 34 * 254;
    expect(log.dropped).toBe(20_000 - held);
    for (let write = 1; write <= 34; write += 1) {
      expect(sink.texts).toHaveLength(write);
      expect(sink.texts[write - 1]).toBe(`${long}\n`.repeat(254));
      await sink.ends();
    }
    expect(sink.texts).toHaveLength(34);
    expect(log.samples()).toEqual([
      { metric: "antipode_log_lines_total", labels: {}, value: held },
      { metric: "antipode_log_lines_dropped_total", labels: {}, value: 20_000 - held },
    ]);
  });

  test("writes each line whole, in any script, also in a chunk that is used again", async () => {
    const sink = new SlowSink();
    const log = new AccessLog(sink, lineOf);
    const targets = ["/é", "/…", "/😀", "/last"];
    for (const target of targets) {
      log.write(record(target));
      await vi.advanceTimersByTimeAsync(50);
      await sink.ends();
    }
    expect(sink.texts).toEqual(targets.map((target) => `${target}\n`));
  });

  test("writes what came during a write within a moment after it, without another request", async () => {
    const sink = new SlowSink();
    const log = new AccessLog(sink, lineOf);
    log.write(record("/a"));
    // The write begins after 50 ms and takes long.
    await vi.advanceTimersByTimeAsync(200);
    log.write(record("/b"));
    await sink.ends();
    expect(sink.texts).toEqual(["/a\n", "/b\n"]);
    await sink.ends();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("counts what could not be written, tells it once, and goes on", async () => {
    const sink = new SlowSink();
    const errors: unknown[] = [];
    const log = new AccessLog(sink, lineOf, (error) => errors.push(error));
    for (const target of ["/a", "/b"]) {
      log.write(record(target));
      await vi.advanceTimersByTimeAsync(50);
      await sink.ends(new Error("no space"));
    }
    expect(log.dropped).toBe(2);
    expect(errors).toHaveLength(1);
    log.write(record("/c"));
    await vi.advanceTimersByTimeAsync(50);
    await sink.ends();
    expect(sink.texts.at(-1)).toBe("/c\n");
    expect(log.dropped).toBe(2);
  });

  test("writes what waits before it closes, and gives up on a stuck sink", async () => {
    const sink = new SlowSink();
    const log = new AccessLog(sink, lineOf);
    log.write(record("/a"));
    const closed = log.close(1_000);
    expect(sink.texts).toEqual(["/a\n"]);
    log.write(record("/late"));
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
    expect(log.dropped).toBe(1);
  });
});

describe("a log file", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "antipode-log-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

  test("is appended to and is not for everybody to read", async () => {
    const options = { path: join(folder, "access.log"), maxBytes: 0, keptFiles: 0 };
    for (const text of ["a\n", "b\n"]) {
      const sink = await FileSink.open(options);
      await sink.write(Buffer.from(text));
      await sink.close();
    }
    expect(await read("access.log")).toBe("a\nb\n");
    expect((await stat(options.path)).mode & 0o007).toBe(0);
  });

  test("turns over at its size and keeps as many as it is told", async () => {
    const sink = await FileSink.open({ path: join(folder, "access.log"), maxBytes: 4, keptFiles: 2 });
    for (const text of ["1111\n", "2222\n", "3333\n", "4444\n", "5\n"]) await sink.write(Buffer.from(text));
    await sink.close();
    expect((await readdir(folder)).sort()).toEqual(["access.log", "access.log.1", "access.log.2"]);
    expect(await read("access.log")).toBe("5\n");
    expect(await read("access.log.1")).toBe("4444\n");
    expect(await read("access.log.2")).toBe("3333\n");
  });

  test("counts what a file held before against its size", async () => {
    const options = { path: join(folder, "access.log"), maxBytes: 6, keptFiles: 1 };
    const first = await FileSink.open(options);
    await first.write(Buffer.from("111\n"));
    await first.close();
    const second = await FileSink.open(options);
    await second.write(Buffer.from("222\n"));
    await second.close();
    expect(await read("access.log.1")).toBe("111\n222\n");
  });

  test("is made anew when it was moved away", async () => {
    const path = join(folder, "access.log");
    const sink = await FileSink.open({ path, maxBytes: 0, keptFiles: 0 });
    await sink.write(Buffer.from("1\n"));
    await rename(path, join(folder, "moved"));
    await sink.write(Buffer.from("2\n"));
    sink.reopen();
    await sink.write(Buffer.from("3\n"));
    await sink.close();
    expect(await read("moved")).toBe("1\n2\n");
    expect(await read("access.log")).toBe("3\n");
  });

  test("that cannot be opened says so at the start", async () => {
    const path = join(folder, "absent", "access.log");
    await expect(FileSink.open({ path, maxBytes: 0, keptFiles: 0 })).rejects.toThrow("ENOENT");
  });
});
