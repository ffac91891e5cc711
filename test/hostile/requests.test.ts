/** The corpus through a real edge: all refused, and the origin hears nothing of what the head condemns. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeUnderTest, edgeUnderTest, exchange } from "./edge-under-test.ts";
import { CONDEMNED_BY_BODY, CONDEMNED_BY_HEAD } from "./request-corpus.ts";

let under: EdgeUnderTest;
beforeAll(async () => {
  under = await edgeUnderTest();
});
afterAll(() => under.close());

/** A request that must never be served. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n";

test("there are enough inputs, each of them once", () => {
  const all = [...CONDEMNED_BY_HEAD, ...CONDEMNED_BY_BODY];
  expect(new Set(all.map(({ bytes }) => bytes)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(150);
});

describe.each([...new Set(CONDEMNED_BY_HEAD.map(({ rule }) => rule))])("%s", (rule) => {
  test.each(CONDEMNED_BY_HEAD.filter((input) => input.rule === rule))("$name", async ({ bytes, status }) => {
    const received = await exchange(under.edge.listening.port, bytes + SMUGGLED);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Connection: close\r\n`));
    expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(under.origin.connections).toBe(0);
    expect(under.errors).toEqual([]);
  });
});

describe.each([...new Set(CONDEMNED_BY_BODY.map(({ rule }) => rule))])("%s", (rule) => {
  test.each(CONDEMNED_BY_BODY.filter((input) => input.rule === rule))("$name", async ({ bytes, status }) => {
    under.origin.received = "";
    const received = await exchange(under.edge.listening.port, bytes + SMUGGLED);
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*Connection: close\r\n`));
    expect(received.match(/HTTP\/1.1 /g)).toHaveLength(1);
    // Whatever the origin has heard of it, it has not heard its end.
    expect(under.origin.received).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(under.origin.received).not.toContain("smuggled");
    expect(under.errors).toEqual([]);
  });
});

test("and an ordinary request is served afterwards", async () => {
  const received = await exchange(
    under.edge.listening.port,
    "GET /fine HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
  );
  expect(received).toMatch(/^HTTP\/1.1 200 OK\r\n.*origin$/s);
});
