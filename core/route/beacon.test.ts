/** The beacon: which edges a page is told to time, whose reports are taken, and the script as a browser runs it. */
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { answerBeacon, type BeaconHost, ReportCount, readReport, type Timed } from "./beacon.ts";
import { beaconScript } from "./beacon-script.ts";

function host(mayTake = true) {
  const taken: Timed[] = [];
  const made: BeaconHost = {
    rules: { pagePercent: 5, edgesMax: 4, reportsPerSecondMax: 10 },
    plan: () => [{ id: "fra", base: "https://fra.example.net" }],
    take: (timed) => void taken.push(...timed),
    mayTake: () => mayTake,
  };
  return { made, taken };
}

const report = { method: "POST", target: "/.antipode/rtt?fra=12.5&nyc=84", authority: "www.example.com", fields: [] };

describe("the beacon", () => {
  test("pages get a script and a plan, and may report", () => {
    const { made, taken } = host();
    const script = answerBeacon({ ...report, method: "GET", target: "/.antipode/beacon.js" }, made);
    expect(script?.text).toContain("* 100 >= 5");
    const plan = answerBeacon({ ...report, method: "GET", target: "/.antipode/rtt" }, made);
    expect(JSON.parse(plan?.text ?? "")).toEqual({
      edges: [{ id: "fra", url: "https://fra.example.net/.antipode/ping" }],
    });
    expect(answerBeacon(report, made)?.status).toBe(204);
    expect(taken).toEqual([
      { edge: "fra", rttMs: 12.5 },
      { edge: "nyc", rttMs: 84 },
    ]);
    expect(answerBeacon({ ...report, target: "/.antipode/other" }, made)).toBeUndefined();
  });

  test.each([
    ["a page of another site", [["sec-fetch-site", "cross-site"]], 403],
    ["another origin, told by an old browser", [["origin", "https://evil.example"]], 403],
    ["an own page of another edge's name", [["sec-fetch-site", "same-site"]], 204],
    ["the same origin, told by an old browser", [["origin", "https://www.example.com"]], 204],
  ] as const)("%s", (_, fields, status) => {
    const { made, taken } = host();
    expect(answerBeacon({ ...report, fields }, made)?.status).toBe(status);
    expect(taken.length > 0).toBe(status === 204);
  });

  test("what is no report is refused, and too many are", () => {
    for (const query of ["", "fra", "fra=-1", "fra=1e9", "fra=NaN", "%=1", "=1", `${"a=1&".repeat(16)}a=1`])
      expect(readReport(query), query).toBeUndefined();
    expect(answerBeacon({ ...report, target: "/.antipode/rtt?x" }, host().made)?.status).toBe(400);
    expect(answerBeacon(report, host(false).made)?.status).toBe(429);
    const count = new ReportCount(2);
    expect([0, 1, 2, 1000].map((nowMs) => count.take(nowMs))).toEqual([true, true, false, true]);
  });

  test("the script times each edge on a warm connection and reports the lower time", async () => {
    const asked: string[] = [];
    const sent: string[] = [];
    const waits = new Map<string, number>();
    let nowMs = 0;
    const fetch = async (url: URL | string) => {
      const address = String(url);
      asked.push(address);
      if (address.endsWith("/rtt")) {
        const edges = ["fra", "nyc", "gone"].map((id) => ({ id, url: `https://${id}.net/.antipode/ping` }));
        return { json: async () => ({ edges }) };
      }
      const { hostname: name } = new URL(address);
      if (name === "gone.net") throw new Error("no route");
      const times = (waits.get(name) ?? 0) + 1;
      waits.set(name, times);
      nowMs += (name === "fra.net" ? 10 : 80) + (times === 1 ? 300 : times);
      return { text: async () => "" };
    };
    const scope = {
      ...{ fetch, URL, Math, JSON },
      document: { currentScript: { src: "https://www.example.com/.antipode/beacon.js" }, readyState: "complete" },
      navigator: { sendBeacon: (url: URL) => sent.push(String(url)) },
      performance: { now: () => nowMs, getEntriesByName: () => [] },
      setTimeout: (run: () => void) => run(),
    };
    runInNewContext(beaconScript(100), { ...scope, window: scope });
    await expect.poll(() => sent).toEqual(["https://www.example.com/.antipode/rtt?fra=12.00&nyc=82.00"]);
    expect(asked.filter((address) => address.includes("fra.net"))).toHaveLength(3);
    runInNewContext(beaconScript(0), { ...scope, window: scope });
    expect(asked.filter((address) => address.endsWith("/rtt"))).toHaveLength(1);
  });
});
