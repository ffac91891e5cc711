/** What control knows of its nodes and nodes of each other: load, versions, drains, questions, clocks; and forks that a node finds out. */
import { cpSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { defaultSettings } from "../../core/config/settings.ts";
import type { EdgeNews } from "../../fleet/ask.ts";
import { type Gossip, Outbox } from "../../fleet/gossip.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { ledgerFolder, siteConfig } from "./control-under-test.ts";
import { atEnd, portOf, soon, startedControl, startedFollower } from "./running.ts";

test("heartbeats say what a node has to do, and which sites it serves in an older version", async () => {
  const control = await startedControl();
  const load = { processor: 0.25, requestsPerSecond: 12, memoryBytes: 1_000 };
  const adopt = () => ({ refusedSites: { shop: "it crashed" }, servedVersions: { shop: "x:1" } });
  await startedFollower(control, { extra: { load: () => load, adopt } });
  await vi.waitFor(async () => {
    const { edges } = (await control.ask("GET", "/v1/edges")).json;
    expect(edges).toMatchObject([
      { id: "fra", state: "current", load, version: "test", servedVersions: { shop: "x:1" } },
    ]);
    expect(edges[0]?.refusedSites).toEqual({ shop: "it crashed" });
  }, soon);
});

test("a node that asks for it hears of the others: drains, positions and load, a second later at the latest", async () => {
  const control = await startedControl();
  let edges: readonly EdgeNews[] = [];
  const onFleet = (news: readonly EdgeNews[]) => {
    edges = news;
  };
  await startedFollower(control, { id: "watcher", extra: { onFleet } });
  let stopping = false;
  const node = await startedFollower(control, { id: "fra", extra: { isStopping: () => stopping } });
  const fra = () => edges.find(({ id }) => id === "fra");
  await vi.waitFor(() => expect(fra()).toMatchObject({ draining: false, state: "current" }), soon);
  stopping = true;
  node.follower.beat();
  await vi.waitFor(() => expect(fra()?.draining).toBe(true), soon);
});

test("what one node measures and sees fail, the others hear with the news of the fleet", async () => {
  const control = await startedControl();
  const heard: Gossip[] = [];
  const extra = { onFleet: () => {}, onGossip: (gossip: Gossip) => void heard.push(gossip) };
  await startedFollower(control, { id: "watcher", extra });
  const outbox = new Outbox();
  await startedFollower(control, { id: "fra", extra: { tell: () => outbox.take(["syd"]) } });
  await vi.waitFor(() => expect(heard.at(-1)?.observers).toMatchObject([{ id: "fra", failing: ["syd"] }]), soon);
  outbox.add("192.0.2.7", { edge: "nyc", rttMs: 80, kind: "beacon" });
  const trip = { prefix: "192.0.2.0", edge: "nyc", rttMs: 80, kind: "beacon" };
  await vi.waitFor(() => expect(heard.flatMap(({ roundTrips }) => roundTrips)).toEqual([trip]), soon);
});

test("a question is answered by the nodes that can, and the others are named", async () => {
  const control = await startedControl();
  await startedFollower(control, { id: "fra", extra: { answer: ({ kind }) => ({ said: kind }) } });
  await startedFollower(control, { id: "mute" });
  await vi.waitFor(async () => expect((await control.ask("GET", "/v1/edges")).json.edges).toHaveLength(2), soon);
  await vi.waitFor(async () => {
    const { json } = await control.ask("POST", "/v1/asks", { body: { kind: "status", waitMs: 400 } });
    expect(json).toMatchObject({ answers: [{ id: "fra", answer: { said: "status" } }], silent: ["mute"] });
  }, soon);
  expect((await control.ask("POST", "/v1/asks", { body: { kind: "nonsense" } })).status).toBe(400);
  expect((await control.ask("POST", "/v1/asks", { body: { nodes: ["stranger"] } })).status).toBe(400);
});

test("a clock that is wrong is said in one line, and the node works", async () => {
  const control = await startedControl();
  const clock = { ...systemClock, nowMs: () => Date.now() + 3_600_000 };
  const settings = { heartbeatIntervalMs: 100, clockSkewAlarmMs: 1_000, feedHeadIntervalMs: 2_000 };
  const node = await startedFollower(control, {
    extra: { clock, settings: { ...defaultSettings, ...settings } },
  });
  await vi.waitFor(() => expect(node.said.join()).toContain("NTP"), soon);
  const beats = async () => (await control.ask("GET", "/v1/edges")).json.edges[0]?.heardAtMs ?? 0;
  const first = await beats();
  await vi.waitFor(async () => expect(await beats()).toBeGreaterThan(first), soon);
  expect(node.said.filter((line) => line.includes("NTP"))).toHaveLength(1);
});

test("a restored control that went on writing is found out by a node that holds the other history", async () => {
  const control = await startedControl();
  const node = await startedFollower(control);
  await vi.waitFor(() => expect(node.snapshot()?.members.has("fra")).toBe(true), soon);
  await control.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 1) });
  await control.stop();
  const backup = ledgerFolder();
  atEnd(backup.remove);
  cpSync(control.folder, backup.path, { recursive: true });
  const lost = await startedControl({ folder: control.folder, port: portOf(control) });
  const { json } = await lost.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", 2) });
  await vi.waitFor(() => expect(node.follower.standing.position).toBe(json.position), soon);
  node.follower.stop();
  await lost.stop();
  // The backup goes on, further than the node ever was: its position alone would look like one of the past.
  const restored = await startedControl({ folder: backup.path, port: portOf(control) });
  for (const ttl of [3, 4, 5]) await restored.ask("PUT", "/v1/sites/shop", { body: siteConfig("shop.example", ttl) });
  const again = await startedFollower(restored, { folder: node.folder });
  await vi.waitFor(() => expect(restored.said.join()).toContain("rolled back"), soon);
  await vi.waitFor(() => expect(again.snapshot()?.floor).toBeDefined(), soon);
  await vi.waitFor(
    () => expect(again.snapshot()?.sites.get("shop")?.config).toEqual(siteConfig("shop.example", 5)),
    soon,
  );
});
