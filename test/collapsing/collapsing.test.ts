/** The measurements of `npm run long -- collapsing`, small. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bigBody, coldKey, privatePage, start, type UnderTest } from "./measure.ts";

const MEBIBYTE = 1_048_576;

describe("a real edge, with its origin in a process of its own,", () => {
  let edge: UnderTest;
  beforeAll(async () => {
    edge = await start(64 * MEBIBYTE);
  }, 30_000);
  afterAll(() => edge.stop());

  test("asks once for 300 clients at one cold URL", async () => {
    expect(await coldKey(edge, 300, 1_500)).toMatchObject({ passed: true, originRequests: 1 });
  });
  test("does not let 300 clients of a private page queue", async () => {
    expect(await privatePage(edge, 300, 1_500)).toMatchObject({ passed: true, originRequests: 300 });
  });
  test("fetches a long body once for four clients; a slow one continues by a bound range", async () => {
    const slow = { clients: 4, rssGrowthMaxBytes: 256 * MEBIBYTE, slowBytesPerSecond: 100 * 1024 };
    expect(await bigBody(edge, slow)).toMatchObject({
      passed: true,
      wholeFetches: 1,
      hashesEqual: true,
      slow: { prefixesEqual: true, continuedByRange: true },
    });
  });
});
