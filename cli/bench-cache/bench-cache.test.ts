/** Traces and their mistakes, and what is printed about them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { belady, replay } from "./replay.ts";
import { readTrace, type Trace, type TraceFormat } from "./trace.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-trace-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Buffer, name = "trace.txt"): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

async function traceOf(content: string | Buffer, format: TraceFormat, name?: string): Promise<Trace> {
  const reading = await readTrace(fileOf(content, name), format);
  if (reading.kind === "mistakes") throw new Error(reading.mistakes.join("\n"));
  return reading.trace;
}

test("keys count one each, whatever the line ends are", async () => {
  const trace = await traceOf("/a\r\n/b\r\n/a", "keys");
  expect(trace).toMatchObject({ requests: 3, keys: ["/a", "/b"], footprint: 2 });
});

test("sizes are bytes; the footprint counts each key once, by its last size", async () => {
  const trace = await traceOf("/a 10\n/b b 5\n/a 20\n", "sized");
  expect(trace).toMatchObject({ requests: 3, keys: ["/a", "/b b"], footprint: 25 });
});

test("packed files and binary numbers are read too", async () => {
  const numbers = Buffer.alloc(12);
  for (const [index, number] of [7, -1, 7].entries()) numbers.writeInt32BE(number, index * 4);
  expect((await traceOf(numbers, "int32")).keys).toEqual(["7", "-1"]);
  expect((await traceOf(gzipSync("x\ny\n"), "keys", "t.gz")).keys).toEqual(["x", "y"]);
});

test("all mistakes are told, each with its line", async () => {
  const reading = await readTrace(fileOf("/a 1\n/b\n\n/c 1.5\n/d -2\n/e 3\n"), "sized");
  expect(reading).toEqual({
    kind: "mistakes",
    mistakes: [
      'line 2: "/b" has no size; write: key size',
      "line 3: is empty; a line is one request",
      'line 4: "1.5" is not a size in bytes; write a whole number such as 1024',
      'line 5: "-2" is not a size in bytes; write a whole number such as 1024',
    ],
  });
});

test("an empty file, a cut number and a broken archive are mistakes as well", async () => {
  expect(await readTrace(fileOf(""), "keys")).toMatchObject({ mistakes: ["it holds no request"] });
  expect(await readTrace(fileOf(Buffer.alloc(5)), "int32")).toMatchObject({ kind: "mistakes" });
  const cut = gzipSync("x\n".repeat(1_000)).subarray(0, 20);
  await expect(readTrace(fileOf(cut, "cut.gz"), "keys")).rejects.toThrow();
  await expect(readTrace(path.join(folder, "absent"), "keys")).rejects.toThrow("ENOENT");
});

test("plain LRU hits what one would count by hand", async () => {
  const trace = await traceOf("a\nb\na\nc\nb\na\n", "keys");
  expect(replay(trace, 2, "lru")).toEqual({ requests: 6, hits: 1, objectHitRatio: 1 / 6, byteHitRatio: 1 / 6 });
  expect(belady(trace, 2).hits).toBe(3);
  const sized = await traceOf("a 6\nb 4\na 6\nc 5\na 6\nbig 11\n", "sized");
  expect(replay(sized, 10, "lru")).toMatchObject({ hits: 1, byteHitRatio: 6 / 38 });
});

test("no policy is above Belady's bound", async () => {
  const keys = Array.from({ length: 5_000 }, (_, step) => (step * step * 7) % 331);
  const trace = await traceOf(keys.join("\n"), "keys");
  for (const size of [10, 50, 200]) {
    for (const policy of ["adaptive", "lru"] as const) {
      expect(replay(trace, size, policy).hits).toBeLessThanOrEqual(belady(trace, size).hits);
    }
  }
});

function run(...words: string[]) {
  const main = path.join(import.meta.dirname, "..", "..", "bin", "antipode");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "bench-cache", ...words], { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("the command prints the ratios for machines, and exits 1 and 2 as every command does", () => {
  const file = fileOf("a\nb\na\nc\nb\na\n", "run.txt");
  const lru = run("--trace", file, "--format", "keys", "--size", "2", "--policy", "lru", "--json");
  expect(JSON.parse(lru.stdout)).toMatchObject({ requests: 6, hits: 1, objectHitRatio: 1 / 6, byteHitRatio: 1 / 6 });
  const table = run("--trace", file, "--format", "keys", "--size", "70%");
  expect(table.stdout).toMatch(/adaptive .*\nlru .*\nbelady /);
  expect(run("--trace", file, "--format", "sized", "--size", "2")).toMatchObject({ status: 1 });
  expect(run("--trace", file, "--format", "keys", "--size", "2mb")).toMatchObject({ status: 2 });
});
