/** What is a scenario, and what is said of one that is none. */
import { describe, expect, it } from "vitest";
import { readScenario } from "./read-scenario.ts";

const GOOD = {
  seed: 7,
  edges: [
    { id: "fra", lat: 50.1, lon: 8.7 },
    { id: "nyc", lat: 40.7, lon: -74, capacity: 2 },
  ],
  clients: [{ id: "paris", lat: 48.9, lon: 2.4, country: "FR", areaKm: 10, ip: "192.0.2.7", weight: 3 }],
  rttMs: { paris: { fra: 12, nyc: 80 } },
};

function problemsOf(content: unknown): readonly string[] {
  const reading = readScenario(content);
  return reading.kind === "problems" ? reading.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe("a scenario", () => {
  it("needs only edges, clients and the truth; the rest has defaults", () => {
    const reading = readScenario({ ...GOOD, seed: undefined });
    expect(reading).toMatchObject({
      kind: "scenario",
      scenario: { seed: 1, jitterMs: 0, events: [], load: undefined, learn: { pageViewsPerClient: 0, beaconEdges: 4 } },
    });
  });

  it("may leave out a pair, or say null: there is no path", () => {
    const reading = readScenario({ ...GOOD, rttMs: { paris: { fra: 12, nyc: null } } });
    expect(reading.kind === "scenario" && [...reading.scenario.rttMs]).toEqual([12, Number.NaN]);
  });

  it("has its events in the order of time, and time enough for them", () => {
    const events = [
      { atMs: 9000, edge: "fra", set: "up" },
      { atMs: 1000, edge: "fra", set: "down" },
    ];
    const reading = readScenario({ ...GOOD, events });
    expect(reading.kind === "scenario" && reading.scenario).toMatchObject({
      events: [{ set: "down" }, { set: "up" }],
      load: { durationMs: 129_000 },
    });
  });

  it("is told which keys mean nothing; misspelt ones are mistakes", () => {
    const reading = readScenario({ ...GOOD, comment: "mine", edges: [{ ...GOOD.edges[0], note: 1 }, GOOD.edges[1]] });
    expect(reading).toMatchObject({ kind: "scenario", ignored: ["comment", "edges[0].note"] });
    expect(problemsOf({ ...GOOD, noise: { jiterMs: 1 } })).toEqual(["noise.jiterMs: is not known"]);
  });

  it("that would take more memory or time than there is is refused", () => {
    const edges = Array.from({ length: 1000 }, (_, index) => ({ id: `e${index}`, lat: 0, lon: 0 }));
    const clients = Array.from({ length: 20_001 }, (_, index) => ({ id: `c${index}`, lat: 0, lon: 0 }));
    const load = { requestsPerSecond: 1e6, durationMs: 8_640_000_000 };
    const few = { edges, clients: clients.slice(0, 1), rttMs: { c0: { e0: 1 } } };
    expect(problemsOf({ edges, clients, rttMs: {} })[0]).toContain(
      "20001000 pairs of client and edge; 20000000 at most",
    );
    expect(problemsOf({ ...few, load })).toEqual(["load: 8640000000000 requests; 1000000000 at most"]);
  });

  it("may have a load with a shape, which must not be nothing", () => {
    const load = { requestsPerSecond: 2, durationMs: 1000 };
    const reading = readScenario({ ...GOOD, load: { ...load, shape: [1, 3] } });
    expect(reading.kind === "scenario" && reading.scenario.load?.shape).toEqual([1, 3]);
    expect(problemsOf({ ...GOOD, load: { ...load, shape: [0, 0] } })).toEqual(["load.shape: is 0 all the time"]);
  });

  it("with mistakes is refused with all of them", () => {
    const content = {
      seed: -1,
      edges: [
        { id: "fra", lat: 91, lon: 8.7 },
        { id: "fra", lat: 40.7, lon: "west", capacity: 0 },
      ],
      clients: [{ id: "paris", lat: 48.9, country: 33, areaKm: -1, ip: "192.0.2", weight: -3 }, "london"],
      rttMs: { pariss: { fra: 12 }, paris: { fra: "12", nyc: 80 } },
      noise: 3,
      learn: { beaconShare: 5 },
      events: [
        { atMs: -1, edge: "fr", set: "dead" },
        { atMs: 1, edge: "fra", set: "slow" },
      ],
      load: { requestsPerSecond: -5, shape: [1, -1] },
    };
    expect(problemsOf(content)).toEqual([
      "seed: expected a whole number from 0 to 9007199254740991, found -1",
      "edges[0].lat: expected a number from -90 to 90, found 91",
      "edges[1].capacity: expected a number from 1e-9 to 1000000000000, found 0",
      'edges[1].lon: expected a number from -180 to 180, found "west"',
      'clients[0].ip: expected an IP address, found "192.0.2"',
      "clients[0].lon: expected a number from -180 to 180, found nothing",
      "clients[0].country: expected a text, found 33",
      "clients[0].areaKm: expected a number from 0 to 20040, found -1",
      "clients[0].weight: expected a number from 0 to 1000000000000, found -3",
      'clients[1]: expected an object, found "london"',
      'edges[1].id: "fra" is there twice',
      'rttMs.pariss: no client is called "pariss"',
      'rttMs.paris.fra: expected a number from 0 to 60000, found "12"',
      'rttMs.paris.nyc: no edge is called "nyc"',
      "noise: expected an object, found 3",
      'events[0].set: expected down, blackhole, cut, up, slow or drain, found "dead"',
      "events[0].atMs: expected a number from 0 to 8640000000, found -1",
      'events[0].edge: no edge is called "fr"',
      "events[1].addMs: expected a number from 0 to 60000, found nothing",
      "learn.beaconShare: expected a number from 0 to 1, found 5",
      "load.requestsPerSecond: expected a number from 0 to 1000000, found -5",
      "load.durationMs: expected a number from 1 to 8640000000, found nothing",
      "load.shape[1]: expected a number from 0 to 1000000, found -1",
    ]);
  });

  it.each([[undefined], [null], [[]], [3], [{}]])("is not %j", (content) => {
    expect(problemsOf(content).length).toBeGreaterThan(0);
  });
});
