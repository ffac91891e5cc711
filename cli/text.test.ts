/** Text for the terminal: wrapped, in columns, coloured only where that is wanted. */
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { nearest } from "../core/config/nearest.ts";
import { paintFor, twoColumns, visibleLength, wrap } from "./text.ts";

it("lines break at spaces, and words longer than a line stay whole", () => {
  expect(wrap("one two three\nfour", 7)).toEqual(["one two", "three", "four"]);
  expect(wrap("a muchtoolongword b", 5)).toEqual(["a", "muchtoolongword", "b"]);
});

it("colour codes take no columns", () => {
  expect(visibleLength("\u001b[1mbold\u001b[22m")).toBe(4);
});

it("two columns align, and a long left part has its own line", () => {
  const long = "x".repeat(40);
  expect(
    twoColumns(
      [
        ["a", "one two"],
        ["bcd", "three"],
      ],
      12,
    ),
  ).toEqual(["  a    one", "       two", "  bcd  three"]);
  expect(twoColumns([[long, "text"]], 80)).toEqual([`  ${long}`, `${" ".repeat(38)}text`]);
});

it("a pipe gets no colour", () => {
  const saved = process.env.FORCE_COLOR;
  delete process.env.FORCE_COLOR;
  try {
    expect(paintFor(new PassThrough())("bold", "text")).toBe("text");
  } finally {
    if (saved !== undefined) process.env.FORCE_COLOR = saved;
  }
});

it("the nearest word is suggested only when it is near", () => {
  const words = ["edge", "router", "control", "dev"];
  expect(["egde", "rout", "contorl", "develop", "purge", ""].map((word) => nearest(word, words))).toEqual([
    "edge",
    "router",
    "control",
    undefined,
    undefined,
    undefined,
  ]);
});
