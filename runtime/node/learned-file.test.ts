/** A file that is whole or not there. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadLines, saveLines } from "./learned-file.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "antipode-learned-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("gives back what was saved last", async () => {
  const file = path.join(folder, "learned.txt");
  const many = Array.from({ length: 50_000 }, (_, index) => `p ${index} 1,2.5,1,1,0`);
  await saveLines(file, ["old"]);
  await saveLines(file, many);
  expect(await loadLines(file)).toEqual(many);
  expect(readdirSync(folder)).toEqual(["learned.txt"]);
});

it("keeps what it had when writing fails midway", async () => {
  const file = path.join(folder, "kept.txt");
  writeFileSync(file, "kept\n");
  const failing = function* () {
    yield "half";
    throw new Error("no more");
  };
  await expect(saveLines(file, failing())).rejects.toThrow("no more");
  expect(await loadLines(file)).toEqual(["kept"]);
  expect(readdirSync(folder)).not.toContain("kept.txt.new");
});

it("has nothing when there is no file, and says so when it cannot be read", async () => {
  expect(await loadLines(path.join(folder, "absent"))).toBeUndefined();
  await expect(loadLines(folder)).rejects.toThrow("EISDIR");
});
