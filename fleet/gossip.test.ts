/** What nodes tell each other: as it is sent, as it is read, and what of it is believed. */
import { describe, expect, test } from "vitest";
import { GossipRelay } from "../control/gossip-relay.ts";
import { Outbox, prefixOf, ROUND_TRIPS_MAX, readFailing, readGossip, readRoundTrips } from "./gossip.ts";

const measured = { edge: "fra", rttMs: 12.5, kind: "beacon" } as const;

describe("gossip", () => {
  test("goes from a node by control to the others, and not back", () => {
    const outbox = new Outbox();
    outbox.add("192.0.2.77", measured);
    outbox.add("2001:db8:1:2::3", { ...measured, edge: "nyc" });
    outbox.add("nonsense", measured);
    const relay = new GossipRelay();
    const begin = relay.end;
    relay.hear("router-a", outbox.take(["syd"]), 1_000);
    const told = relay.since(begin, "router-b", 2_000);
    expect(readGossip(JSON.stringify(told.news))).toEqual({
      observers: [{ id: "router-a", failing: ["syd"], heardAtMs: 1_000 }],
      roundTrips: [
        { ...measured, prefix: "192.0.2.0" },
        { ...measured, prefix: "2001:db8:1::", edge: "nyc" },
      ],
    });
    expect(relay.since(begin, "router-a", 2_000).news).toEqual({});
    expect(relay.since(told.end, "router-b", 2_000).news).not.toHaveProperty("roundTrips");
    expect(outbox.take(undefined)).toEqual({});
  });

  test("an old word is not passed on", () => {
    const relay = new GossipRelay();
    relay.hear("router-a", { failing: "blind" }, 0);
    expect(relay.since(0, "b", 1_000).news.observers).toEqual([{ id: "router-a", failing: "blind", heardAtMs: 0 }]);
    expect(relay.since(0, "b", 60_000).news.observers).toBeUndefined();
  });

  test("is bounded at every step, and a slow follower loses the oldest", () => {
    const outbox = new Outbox();
    for (let count = 0; count < 2 * ROUND_TRIPS_MAX; count += 1) outbox.add("192.0.2.1", measured);
    const said = outbox.take(undefined);
    expect(said.roundTrips).toHaveLength(ROUND_TRIPS_MAX);
    const relay = new GossipRelay();
    for (let beat = 0; beat < 100; beat += 1) relay.hear("a", { ...said, failing: [] }, beat);
    const first = relay.since(0, "b", 100);
    expect(first.news.roundTrips).toHaveLength(ROUND_TRIPS_MAX);
    expect(first.end).toBeGreaterThan(50_000);
    for (let node = 0; node < 500; node += 1) relay.hear(`n${node}`, { failing: [] }, 100);
    expect(relay.since(0, "b", 100).news.observers?.length).toBeLessThanOrEqual(100);
  });

  test("what is none is left out", () => {
    const good = ["192.0.2.0", "fra", 10, "tcp"];
    const bad = [7, null, [], ["x", "fra", 1, "tcp"], ["192.0.2.0", "", 1, "tcp"], ["192.0.2.0", "fra", -1, "tcp"]];
    expect(readRoundTrips([...bad, ["192.0.2.0", "fra", 1, "magic"], good])).toEqual([
      { prefix: "192.0.2.0", edge: "fra", rttMs: 10, kind: "tcp" },
    ]);
    expect([readRoundTrips("x"), readFailing(7), readFailing(["a", 7])]).toEqual([[], undefined, ["a"]]);
    expect(readGossip("{")).toEqual({ observers: [], roundTrips: [] });
    expect(prefixOf("::ffff:192.0.2.9")).toBe("192.0.2.0");
  });
});
