/** Results in, states out. */
import { describe, expect, it } from "vitest";
import { type Health, isChanging, observe, type ProbeResult, unknownHealth } from "./health.ts";

const healthAfter = (results: readonly ProbeResult[]): Health =>
  results.reduce((health, result, index) => observe(health, result, index + 1), unknownHealth(0));

describe("health", () => {
  const TABLE: readonly [results: readonly ProbeResult[], state: string][] = [
    [[], "unknown"],
    [["ok"], "up"],
    [["failed"], "unknown"],
    [["ok", "failed", "failed"], "up"],
    [["ok", "failed", "failed", "failed"], "suspect"],
    [["ok", "failed", "failed", "ok", "failed", "failed"], "up"],
    [["ok", "refused"], "up"],
    [["ok", "refused", "refused"], "down"],
    [["ok", "refused", "failed", "refused"], "suspect"],
    [["ok", "refused", "refused", "ok"], "down"],
    [["ok", "refused", "refused", "ok", "ok"], "up"],
    [["ok", "refused", "refused", "ok", "failed", "ok"], "down"],
    [["failed", "failed", "failed", "ok", "ok"], "up"],
  ];
  it.each(TABLE)("after %j is %s", (results, state) => {
    expect(healthAfter(results).state).toBe(state);
  });

  it("remembers since when its state holds", () => {
    expect(healthAfter(["ok", "ok", "refused", "refused", "refused"]).sinceMs).toBe(4);
  });

  it("asks for a second look as soon as a result is at odds with the state", () => {
    expect(
      [healthAfter(["ok"]), healthAfter(["ok", "failed"]), healthAfter(["refused", "refused", "ok"])].map(isChanging),
    ).toEqual([false, true, true]);
  });
});
