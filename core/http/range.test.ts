/** Ranges asked of a body of ten bytes. */
import { describe, expect, it } from "vitest";
import { evaluateRange, isExcessiveRange } from "./range.ts";

describe("a Range of a body of 10 bytes", () => {
  it.each([
    ["bytes=0-3", [[0, 3]]],
    ["bytes=5-", [[5, 9]]],
    ["bytes=-3", [[7, 9]]],
    ["bytes=-30", [[0, 9]]],
    ["bytes=8-100", [[8, 9]]],
    [
      "Bytes=0-0, 9-9",
      [
        [0, 0],
        [9, 9],
      ],
    ],
    ["bytes=0-0, 50-60", [[0, 0]]],
  ])("%s is satisfied", (value, spans) => {
    expect(evaluateRange(value, 10, 4)).toEqual({
      kind: "spans",
      spans: spans.map(([first, last]) => ({ first, last })),
    });
  });

  it.each(["bytes=10-", "bytes=-0", "bytes=20-30"])("%s is unsatisfiable", (value) => {
    expect(evaluateRange(value, 10, 4)).toEqual({ kind: "unsatisfiable" });
  });

  it.each([
    undefined,
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-2",
    "lines=0-1",
    "bytes=0-5,3-8",
    "bytes=0-0,1-1,2-2,3-3,4-4",
    "bytes=0x0-5",
    "bytes=99999999999999999-9",
  ])("%s is ignored", (value) => {
    expect(evaluateRange(value, 10, 4)).toEqual({ kind: "whole" });
  });
});

describe("a Range that asks for too much", () => {
  it.each([
    ["bytes=0-0,1-1,2-2,3-3,4-4", true],
    ["bytes=0-0,1-1,2-2,3-3,,", false],
    ["bytes=0-0,1-1,2-2,3-3", false],
    ["lines=1,2,3,4,5", true],
    ["lines=1,2", false],
    ["bytes=0-1,1-2", true],
    ["bytes=0-1,2-3", false],
    ["bytes=0-,99999999999999999999-", true],
    ["bytes=0-1,-2", false],
    ["bytes=5-4", false],
  ])("%s: %s", (value, excessive) => {
    expect(isExcessiveRange(value, 4)).toBe(excessive);
  });
});
