/** The retry budget on a clock of numbers. */
import { describe, expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

const START_MS = 1_000_000;

function retriesOf(requestsPerSecond: number, seconds: number): { requests: number; retries: number } {
  const budget = new RetryBudget({ percent: 10, perSecondMin: 3 });
  let requests = 0;
  let retries = 0;
  for (let second = 0; second < seconds; second += 1) {
    for (let index = 0; index < requestsPerSecond; index += 1) {
      const nowMs = START_MS + second * 1000 + Math.floor((index * 1000) / requestsPerSecond);
      budget.request(nowMs);
      requests += 1;
      if (budget.take(nowMs)) retries += 1;
    }
  }
  return { requests, retries };
}

describe("a retry budget, when every request fails,", () => {
  it.each([
    [1000, 60],
    [200, 60],
    [35, 30],
  ])("lets a tenth of %i requests a second be repeated", (perSecond, seconds) => {
    const { requests, retries } = retriesOf(perSecond, seconds);
    expect(retries / requests).toBeLessThanOrEqual(0.1 + 3 / perSecond);
    expect(retries / requests).toBeGreaterThan(0.09);
  });

  it("lets three a second be repeated on a quiet site", () => {
    expect(retriesOf(3, 20)).toEqual({ requests: 60, retries: 60 });
    expect(retriesOf(6, 20).retries).toBe(60);
  });

  it("forgets requests after ten seconds", () => {
    const budget = new RetryBudget({ percent: 10, perSecondMin: 0 });
    for (let index = 0; index < 100; index += 1) budget.request(START_MS);
    expect(budget.take(START_MS + 9_000)).toBe(true);
    expect(budget.take(START_MS + 10_000)).toBe(false);
  });

  it("may be nothing at all", () => {
    const budget = new RetryBudget({ percent: 0, perSecondMin: 0 });
    budget.request(START_MS);
    expect(budget.take(START_MS)).toBe(false);
  });
});
