/** The simulation itself: the same for a seed, and able to tell good choices from bad ones. */
import { describe, expect, it } from "vitest";
import { distanceKm } from "../../core/route/distance.ts";
import { SeededRandom } from "./random.ts";
import { readScenario } from "./read-scenario.ts";
import { type SimulationResult, simulate } from "./simulate.ts";

/** Edges and clients at random; a third of the paths takes a detour that no map shows. */
function detours(seed: number, more: object = {}): object {
  const random = new SeededRandom(seed);
  const somewhere = () => ({ lat: random.next() * 120 - 50, lon: random.next() * 360 - 180 });
  const edges = Array.from({ length: 12 }, (_, index) => ({ id: `edge-${index}`, ...somewhere() }));
  const clients = Array.from({ length: 60 }, (_, index) => ({
    ...{ id: `client-${index}`, country: `C${index % 9}`, ...somewhere() },
  }));
  const pathMs = (km: number) => 4 + km * 0.017 + (random.next() < 0.3 ? random.next() * 120 : 0);
  const rttMs = Object.fromEntries(
    clients.map((client) => [
      client.id,
      Object.fromEntries(
        edges.map((edge) => [edge.id, pathMs(distanceKm([edge.lat, edge.lon], [client.lat, client.lon]))]),
      ),
    ]),
  );
  return { seed, edges, clients, rttMs, noise: { jitterMs: 3 }, ...more };
}

function run(content: object): SimulationResult {
  const reading = readScenario(content);
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems));
  return simulate(reading.scenario);
}

const LEARN = { pageViewsPerClient: 300, beaconShare: 0.05, beaconEdges: 4 };

describe("a simulation", () => {
  it("without learning does what the map says; the oracle is perfect", () => {
    const { greatCircle, oracle, ...ours } = run(detours(1));
    expect(ours.excessMs).toEqual(greatCircle.excessMs);
    expect(oracle).toMatchObject({ within10ms: 1, optimal: 1, excessMs: { p99: 0, mean: 0 } });
    expect(greatCircle.within10ms).toBeLessThan(0.9);
  });

  it("with learning finds the best edge for nearly all", () => {
    const { within10ms, excessMs, greatCircle } = run(detours(2, { learn: LEARN }));
    expect(within10ms).toBeGreaterThanOrEqual(0.97);
    expect(excessMs.p95).toBeLessThanOrEqual(6);
    expect(within10ms).toBeGreaterThan(greatCircle.within10ms + 0.05);
  });

  it("is the same for a seed and another for another", () => {
    const load = { requestsPerSecond: 20, durationMs: 60_000 };
    expect(run(detours(3, { learn: LEARN, load }))).toEqual(run(detours(3, { learn: LEARN, load })));
    expect(run(detours(3, { learn: LEARN, load }))).not.toEqual(run(detours(4, { learn: LEARN, load })));
  });

  it.each(["down", "blackhole"])("takes an edge that is %s out of rotation in three seconds", (set) => {
    const before = run(detours(5)).choices;
    const edge = before["client-0"] ?? "";
    const events = [{ atMs: 10_000, edge, set }];
    const after = run(detours(5, { events, load: { requestsPerSecond: 50, durationMs: 60_000 } }));
    expect(after.failover).toMatchObject([{ edge }]);
    expect(after.failover[0]?.outOfRotationMs).toBeLessThanOrEqual(3000);
    expect(Object.values(after.choices)).not.toContain(edge);
    expect(after.excessMs.mean).toBeLessThan(after.greatCircle.excessMs.mean + 0.5);
    expect(after.failover[0]?.failedRequests).toBe(0);
  });

  it("sends nobody new to a drained edge, and everybody back when it is up", () => {
    const edge = run(detours(6)).choices["client-0"] ?? "";
    const load = { requestsPerSecond: 20, durationMs: 900_000 };
    const drain = { atMs: 1000, edge, set: "drain" };
    expect(Object.values(run(detours(6, { events: [drain], load })).choices)).not.toContain(edge);
    const back = run(detours(6, { events: [drain, { atMs: 40_000, edge, set: "up" }], load }));
    expect(back.choices["client-0"]).toBe(edge);
    expect(back.switchesPerClientHour).toBeGreaterThan(0);
  });

  it("chooses something even when every edge is down", () => {
    const events = Array.from({ length: 12 }, (_, index) => ({ atMs: 0, edge: `edge-${index}`, set: "down" }));
    const { choices } = run(detours(7, { events, load: { requestsPerSecond: 20, durationMs: 20_000 } }));
    expect(Object.values(choices).filter((edge) => edge.startsWith("edge-"))).toHaveLength(60);
  });
});
