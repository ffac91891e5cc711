/** Counts that fade, whatever the clock does. */
import { expect, it } from "vitest";
import { AssignedRequests } from "./assigned.ts";

const WINDOW_MS = 30_000;
const HOUR_MS = 3_600_000;

it("counts the requests of the window, and goes on with them when the clock is set back by an hour", () => {
  const assigned = new AssignedRequests(1, WINDOW_MS, 0);
  const count = (nowMs: number) => assigned.raw(0) * assigned.scale(nowMs);
  for (let nowMs = 0; nowMs < 2 * HOUR_MS; nowMs += 1000) assigned.add(0, nowMs);
  expect(count(2 * HOUR_MS)).toBeCloseTo(30, -1);
  expect(count(HOUR_MS)).toBeCloseTo(30, -1);
  for (let nowMs = HOUR_MS; nowMs < HOUR_MS + 60_000; nowMs += 1000) assigned.add(0, nowMs);
  expect(count(HOUR_MS + 60_000)).toBeCloseTo(30, -1);
  expect(count(HOUR_MS + 20 * WINDOW_MS)).toBeCloseTo(0);
});
