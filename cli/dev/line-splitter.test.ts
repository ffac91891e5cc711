/** Cutting lines. */
import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

test("lines are cut from bytes however they arrive, and an endless one is bounded", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  const bytes = Buffer.from("ünö\r\ntwo\nthree", "utf8");
  for (const byte of bytes) splitter.write(Buffer.from([byte]));
  splitter.end();
  expect(lines).toEqual(["ünö", "two", "three"]);
  for (let piece = 0; piece < 10; piece += 1) splitter.write(Buffer.alloc(50_000, "x"));
  splitter.write(Buffer.from("\nnext\n"));
  expect(lines).toHaveLength(5);
  expect(lines[3]?.length).toBeLessThanOrEqual(100_000);
  expect(lines[4]).toBe("next");
});
