/** The circuit breaker on a clock of numbers. */
import { describe, expect, it } from "vitest";
import { Breaker, type Ending } from "./breaker.ts";

const LIMITS = { failurePercent: 50, requestsMin: 20, openMs: 5000, openMaxMs: 15_000 };
const START_MS = 1_000_000;

function brokenBy(endings: readonly Ending[], everyMs = 10): { breaker: Breaker; nowMs: number } {
  const breaker = new Breaker(LIMITS);
  let nowMs = START_MS;
  for (const ending of endings) {
    breaker.ended(ending, breaker.begin(nowMs), nowMs);
    nowMs += everyMs;
  }
  return { breaker, nowMs };
}

const times = (count: number, ending: Ending): Ending[] => new Array<Ending>(count).fill(ending);

describe("a breaker", () => {
  it.each<[string, Ending[], number, "closed" | "open"]>([
    ["closed while few requests say little", times(19, "failed"), 10, "closed"],
    ["open when twenty of twenty fail", times(20, "failed"), 10, "open"],
    ["open when half fail", [...times(10, "answered"), ...times(10, "failed")], 10, "open"],
    ["closed when less than half fail", [...times(11, "answered"), ...times(9, "failed")], 10, "closed"],
    ["closed when failures are older than ten seconds", times(20, "failed"), 1000, "closed"],
    ["closed when requests end in ways that say nothing", times(100, "unknown"), 10, "closed"],
  ])("is %s", (_, endings, everyMs, state) => {
    const { breaker, nowMs } = brokenBy(endings, everyMs);
    expect(breaker.state(nowMs)).toBe(state);
    expect(breaker.admits(nowMs)).toBe(state === "closed");
  });

  it("lets one request find out when the wait is over, and closes when it is answered", () => {
    const { breaker, nowMs } = brokenBy(times(20, "failed"));
    const probeAtMs = nowMs + 5000;
    expect(breaker.admits(probeAtMs)).toBe(true);
    expect(breaker.begin(probeAtMs)).toBe(true);
    expect(breaker.admits(probeAtMs)).toBe(false);
    expect(breaker.ended("answered", true, probeAtMs)).toBe(true);
    expect(breaker.state(probeAtMs)).toBe("closed");
    // What was before is forgotten: one failure does not open it again.
    breaker.ended("failed", false, probeAtMs);
    expect(breaker.state(probeAtMs)).toBe("closed");
  });

  it("waits twice as long after each probe that fails, up to the maximum", () => {
    const { breaker, nowMs } = brokenBy(times(20, "failed"));
    let atMs = nowMs - 10;
    for (const waitMs of [5000, 10_000, 15_000, 15_000]) {
      expect(breaker.admits(atMs + waitMs - 1)).toBe(false);
      atMs += waitMs;
      expect(breaker.begin(atMs)).toBe(true);
      breaker.ended("failed", true, atMs);
    }
  });

  it("lets another request find out when the first one's client left", () => {
    const { breaker, nowMs } = brokenBy(times(20, "failed"));
    breaker.ended("unknown", breaker.begin(nowMs + 5000), nowMs + 5000);
    expect(breaker.state(nowMs + 5000)).toBe("half-open");
    expect(breaker.admits(nowMs + 5000)).toBe(true);
  });

  it("learns nothing from requests of before it opened", () => {
    const { breaker, nowMs } = brokenBy(times(20, "failed"));
    breaker.ended("answered", false, nowMs);
    expect(breaker.state(nowMs)).toBe("open");
    expect(breaker.begin(nowMs + 6000)).toBe(true);
    breaker.ended("failed", false, nowMs + 6000);
    expect(breaker.state(nowMs + 6000)).toBe("half-open");
    expect(breaker.admits(nowMs + 6000)).toBe(false);
  });
});
