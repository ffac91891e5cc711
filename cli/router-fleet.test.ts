/** What a router takes from its fleet: drains at once, load and positions as they are heard, edges from the ledger. */
import { describe, expect, test } from "vitest";
import { FleetHealth } from "../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import type { Member } from "../core/ledger/snapshot.ts";
import type { EdgeNews } from "../fleet/ask.ts";
import { edgesOfLedger, edgesOrFailure, FleetEar, siteRoutingOf } from "./router-fleet.ts";

const EPOCH = "01HZZZZZZZ0000000000000000";

function listening() {
  let nowMs = 0;
  const ear = new FleetEar(() => nowMs);
  const health = new FleetHealth({ edges: [{ id: "fra" }, { id: "syd" }], rules: EDGE_HEALTH_RULES, nowMs });
  ear.listen(health);
  const condition = () => health.conditions(nowMs)[0];
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { ear, health, condition, wait };
}

function news(change: Partial<EdgeNews> = {}): readonly EdgeNews[] {
  const fra = { id: "fra", state: "current", draining: false, position: `${EPOCH}:5`, load: 0.5, heardAtMs: 1 };
  return [{ ...fra, ...change }];
}

describe("the ear of a router", () => {
  test("hears load and drains", () => {
    const { ear, condition, wait } = listening();
    ear.onFleet(news());
    expect(condition()).toMatchObject({ load: 0.5, isDraining: false, isBehind: false });
    wait(200);
    ear.onFleet(news({ draining: true, heardAtMs: 2 }));
    expect(condition()?.isDraining).toBe(true);
  });
  test("takes a drain of the ledger at once, before the next heartbeat", () => {
    const { ear, condition, wait } = listening();
    ear.onFleet(news());
    wait(200);
    ear.onSnapshot({ drains: new Set(["fra"]) });
    expect(condition()?.isDraining).toBe(true);
    wait(200);
    ear.onSnapshot({ drains: new Set() });
    expect(condition()?.isDraining).toBe(false);
  });
  test("takes a drain of the ledger for an edge of which nothing was ever heard", () => {
    const { ear, condition } = listening();
    ear.onSnapshot({ drains: new Set(["fra"]) });
    expect(condition()?.isDraining).toBe(true);
  });
  test("knows the drains that came before the health of the edges", () => {
    const ear = new FleetEar(() => 0);
    ear.onSnapshot({ drains: new Set(["fra"]) });
    const health = new FleetHealth({ edges: [{ id: "fra" }], rules: EDGE_HEALTH_RULES, nowMs: 0 });
    ear.listen(health);
    expect(health.conditions(0)[0]?.isDraining).toBe(true);
  });
  test("two routers that see an edge fail make it down, each other router is told so, and one alone makes it suspect", () => {
    const { ear, condition, wait } = listening();
    const health = new FleetHealth({ edges: [{ id: "fra" }, { id: "syd" }], rules: EDGE_HEALTH_RULES, nowMs: 0 });
    const other = new FleetEar(() => 0);
    other.listen(health);
    for (let probe = 0; probe < 3; probe += 1) health.probed("fra", "failed", 0);
    expect(other.tell()).toEqual({ failing: ["fra"] });
    expect(health.of("fra")?.state).toBe("suspect");
    const word = { id: "elsewhere", failing: ["fra"], heardAtMs: 1 };
    other.onGossip({ observers: [word], roundTrips: [] });
    expect(health.of("fra")).toMatchObject({ state: "down", downBecause: "observers" });
    ear.onGossip({ observers: [word], roundTrips: [] });
    wait(200);
    expect(condition()?.state).toBe("unknown");
  });
  test("an old word of another router, said again, does not count for ever", () => {
    const { ear, health, wait } = listening();
    const word = { id: "elsewhere", failing: ["fra"], heardAtMs: 1 };
    ear.onGossip({ observers: [word], roundTrips: [] });
    wait(6_000);
    ear.onGossip({ observers: [word], roundTrips: [] });
    for (let probe = 0; probe < 3; probe += 1) health.probed("fra", "failed", 6_000);
    expect(health.of("fra")?.state).toBe("suspect");
  });
  test("takes a drain of one edge for no sign of life of the others", () => {
    const { ear, condition, wait } = listening();
    ear.onFleet(news());
    wait(60_000);
    ear.onSnapshot({ drains: new Set(["syd"]) });
    expect(condition()).toMatchObject({ load: undefined, heardAtMs: 0 });
  });
  test("calls an edge behind that lacks what was proved a while ago", () => {
    const { ear, condition, wait } = listening();
    ear.onFleet(news());
    for (let times = 0; times < 3; times += 1) {
      ear.onProven({ epoch: EPOCH, seq: 6 });
      wait(EDGE_HEALTH_RULES.behindGraceMs);
    }
    expect(condition()?.isBehind).toBe(true);
    ear.onFleet(news({ position: `${EPOCH}:6`, heardAtMs: 2 }));
    expect(condition()?.isBehind).toBe(false);
  });
  test("tells which edges get no new users, unless none would get them", () => {
    const { ear } = listening();
    expect(ear.tell().fences).toBeUndefined();
    ear.onSnapshot({ drains: new Set(["fra"]) });
    expect(ear.tell()).toMatchObject({ fences: ["fra"] });
    ear.onSnapshot({ drains: new Set(["fra", "syd"]) });
    expect(ear.tell().fences).toBeUndefined();
  });
  test("takes the same heartbeat once more for no sign of life", () => {
    const { ear, condition, wait } = listening();
    ear.onFleet(news());
    wait(60_000);
    ear.onFleet(news());
    expect(condition()?.load).toBeUndefined();
  });
});

test("edges of the ledger are those that say where they are reached; without any there is one sentence", () => {
  const member = (id: string, change: Partial<Member>): readonly [string, Member] => [
    id,
    { id, role: "edge", credentialHash: "", enrolled: { epoch: EPOCH, seq: 1 }, ...change },
  ];
  const members = new Map([
    member("fra", { advertise: ["https://fra.example.net", "192.0.2.1"], at: [50, 8], region: "eu" }),
    member("mute", {}),
    member("lan", { advertise: ["http://192.0.2.9:8101"] }),
    member("router", { role: "router", advertise: ["http://192.0.2.8"] }),
  ]);
  const { edges, unreachable } = edgesOfLedger(members);
  expect(edges).toMatchObject([
    {
      id: "fra",
      target: { scheme: "https", host: "fra.example.net", port: 443 },
      redirectBase: "https://fra.example.net",
    },
    { id: "lan", target: { scheme: "http", host: "192.0.2.9", port: 8101 } },
  ]);
  expect(unreachable).toEqual(["mute"]);
  expect(() => edgesOrFailure(undefined)).toThrow("no ledger yet");
});

test("a site keeps to its regions from the first request on: those of the file hold until the ledger has arrived", () => {
  const routing = (region: string) => ({ routing: { regions: [region], failClosed: false } });
  const state: { snapshot: unknown } = { snapshot: undefined };
  const sitesOfLedger = (authority: string) => (authority === "www.example.com" ? routing("us") : undefined);
  const fleet = {
    snapshot: () => state.snapshot,
    findSite: (authority: string) => (state.snapshot === undefined ? undefined : sitesOfLedger(authority)),
  };
  const file = { findSite: () => routing("eu") };
  const regionsOf = siteRoutingOf(fleet, file);
  expect(regionsOf("WWW.example.com:80")?.regions).toEqual(["eu"]);
  state.snapshot = {};
  expect(regionsOf("WWW.example.com:80")?.regions).toEqual(["us"]);
  expect(regionsOf("other.example")).toBeUndefined();
  expect(siteRoutingOf(undefined, file)("x.example")?.regions).toEqual(["eu"]);
  expect(siteRoutingOf(undefined, undefined)("x.example")).toBeUndefined();
});
