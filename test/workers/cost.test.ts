/** A hit on workerd stays within its limits: processor time and subrequests. */
import { expect, test } from "vitest";
import { HIT_LIMITS, measureHit } from "./cost.ts";

test("a hit costs at most 1 ms of processor time and two subrequests", { timeout: 120_000 }, async () => {
  const cost = await measureHit({ rounds: 5, invocationsPerRound: 4 });
  expect(cost.subrequestsPerHit).toBeLessThanOrEqual(HIT_LIMITS.subrequests);
  expect(cost.subrequestsPerHit).toBeGreaterThan(0);
  expect(cost.cpuMsPerHit).toBeLessThanOrEqual(HIT_LIMITS.cpuMs);
  expect(cost.cpuMsPerHit).toBeGreaterThan(0);
});
