/** Pages at an edge's own name measure through the edge. */
import { expect, test } from "vitest";
import { ReportCount } from "../../core/route/beacon.ts";
import { scenario } from "./harness.ts";

test("an edge hands its beacon out and passes on what is reported, with the client's address", async () => {
  const taken: unknown[] = [];
  const beacon = {
    rules: { pagePercent: 5, edgesMax: 2, reportsPerSecondMax: 1 },
    count: new ReportCount(1),
    plan: () => ["fra", "nyc", "syd"].map((id) => ({ id, base: `https://${id}.example.net` })),
    take: (address: string, timed: unknown) => void taken.push([address, timed]),
  };
  const { get, request: send } = scenario({ beacon });
  const plan = await get("/.antipode/rtt");
  expect(JSON.parse(plan.body).edges.map(({ id }: { id: string }) => id)).toEqual(["fra", "nyc"]);
  expect((await get("/.antipode/beacon.js")).header("content-type")).toContain("javascript");
  const statuses = [await send("POST", "/.antipode/rtt?fra=9"), await send("POST", "/.antipode/rtt?fra=9")];
  expect(statuses.map(({ status, record }) => [status, record.outcome])).toEqual([
    [204, "reserved-path"],
    [429, "rate-limited"],
  ]);
  expect(taken).toEqual([[expect.any(String), [{ edge: "fra", rttMs: 9 }]]]);
  expect((await scenario().get("/.antipode/rtt")).status).toBe(404);
});
