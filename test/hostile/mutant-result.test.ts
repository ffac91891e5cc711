/** The verdict on the run of mutants can fail, by each of its causes, in any of its processes. */
import { describe, expect, test } from "vitest";
import { RSS_GROWTH_MAX_BYTES, ranges, type ShareResult, together } from "./mutant-result.ts";

const GOOD: ShareResult = {
  mutants: 50,
  requestsAnsweredByTheOrigin: 40,
  differences: [],
  errors: [],
  rssGrowthBytes: 1,
  outcomes: { "bad-request": 10 },
};

test("ranges follow each other and leave nothing out", () => {
  expect(ranges(5, 2)).toEqual([
    { first: 0, count: 3 },
    { first: 3, count: 2 },
  ]);
});

test("shares are added up", () => {
  expect(together(100, [GOOD, { ...GOOD, rssGrowthBytes: 7, outcomes: { "bad-request": 1, hit: 2 } }])).toEqual({
    passed: true,
    mutants: 100,
    processes: 2,
    requestsAnsweredByTheOrigin: 80,
    differences: [],
    errors: [],
    rssGrowthBytes: 7,
    outcomes: { "bad-request": 11, hit: 2 },
  });
});

describe("fails by one process:", () => {
  test.each<[string, Partial<ShareResult>]>([
    ["mutants that were not sent", { mutants: 49 }],
    ["a difference", { differences: ["1 GET /x"] }],
    ["an error of ours", { errors: ["Error"] }],
    ["memory", { rssGrowthBytes: RSS_GROWTH_MAX_BYTES }],
  ])("%s", (_name, wrong) => {
    expect(together(100, [GOOD, { ...GOOD, ...wrong }]).passed).toBe(false);
  });
});
