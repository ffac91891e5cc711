/** Which edges a name server names: for whom, how many, and for how long. */
import { expect, test } from "vitest";
import type { EdgeCondition } from "../core/health/fleet-health.ts";
import { DnsAnswers } from "./answer-dns.ts";
import type { RouterEdge } from "./router.ts";

const rules = { dnsTtlSeconds: 20, dnsTtlMinSeconds: 5, dnsTtlMaxSeconds: 60 };
const HOUR_MS = 3_600_000;

function edge(id: string, region: string, ...addresses: string[]): RouterEdge {
  const target = { scheme: "http", host: "192.0.2.1", port: 80 } as const;
  return { id, region, addresses, at: undefined, target, redirectBase: undefined };
}

const nyc = edge("nyc", "us", "192.0.2.1", "2001:db8::1");
const bos = edge("bos", "us", "192.0.2.4");
const fra = edge("fra", "eu", "192.0.2.2");
const syd = edge("syd", "ap", "192.0.2.3", "2001:db8::3");

const well = (id: string, more: Partial<EdgeCondition> = {}): EdgeCondition => ({
  ...{ id, state: "up", sinceMs: 0, downBecause: undefined, isKept: false, warmth: 1, successRate: 1 },
  ...{ load: undefined, heardAtMs: undefined, isDraining: false, isBehind: false },
  ...more,
});

/** Edges are chosen in this order, whoever asks. */
function answers(edges: readonly RouterEdge[], conditions = edges.map(({ id }) => well(id))) {
  let decisions = 0;
  const made = new DnsAnswers({
    ...{ edges, ttl: rules, conditions: () => conditions },
    decider: {
      decide: () => {
        decisions += 1;
        return { edges, place: undefined, reason: "best" };
      },
    },
  });
  const route = (client = "198.51.100.7", nowMs = 2000, family: 4 | 6 = 4) =>
    made.route(client, nowMs)("www.example.com", family);
  return { route, decisions: () => decisions };
}

test("the best edge comes first, then one in another region for when that has just died", () => {
  expect(answers([nyc, bos, fra, syd]).route().addresses).toEqual(["192.0.2.1", "192.0.2.2"]);
});

test("an edge that is not well is no help to another", () => {
  const conditions = [well("nyc"), well("fra", { state: "suspect" }), well("syd", { isDraining: true })];
  expect(answers([nyc, fra, syd], conditions).route().addresses).toEqual(["192.0.2.1"]);
});

test("only edges with an address of the family are named", () => {
  expect(answers([fra, bos, syd, nyc]).route("198.51.100.7", 0, 6).addresses).toEqual(["2001:db8::3", "2001:db8::1"]);
  expect(answers([fra, bos]).route("198.51.100.7", 0, 6)).toEqual({ addresses: [], scopeBits: 0, ttlSeconds: 0 });
});

test("an answer holds for the client's /24 or /48; where there is one edge only, for all", () => {
  const { route } = answers([nyc, fra, syd]);
  expect(route("198.51.100.7").scopeBits).toBe(24);
  expect(route("2001:db8:1::7").scopeBits).toBe(48);
  expect(answers([nyc]).route().scopeBits).toBe(0);
});

test("the same network is decided for once a second", () => {
  const { route, decisions } = answers([nyc, fra]);
  for (const client of ["198.51.100.7", "198.51.100.99", "198.51.100.7"]) route(client, 2000);
  expect(decisions()).toBe(1);
  route("198.51.101.7", 2000);
  expect(decisions()).toBe(2);
  route("198.51.100.7", 3000);
  expect(decisions()).toBe(3);
});

test("answers are short-lived for a minute after an edge fell ill, long-lived when all have been well for an hour", () => {
  const ttlOf = (conditions: readonly EdgeCondition[], nowMs: number) =>
    answers([nyc, fra], [...conditions]).route("198.51.100.7", nowMs).ttlSeconds;
  expect(ttlOf([well("nyc"), well("fra")], 1000)).toBe(20);
  expect(ttlOf([well("nyc"), well("fra")], HOUR_MS)).toBe(60);
  const ill = [well("nyc"), well("fra", { state: "down", sinceMs: HOUR_MS })];
  expect(ttlOf(ill, HOUR_MS + 1000)).toBe(5);
  expect(ttlOf(ill, HOUR_MS + 60_000)).toBe(20);
  expect(ttlOf(ill, HOUR_MS * 3)).toBe(20);
});
