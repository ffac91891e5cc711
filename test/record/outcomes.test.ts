/** Every outcome is reached, and is the same word in Cache-Status, log line, metric and span. */
import { afterAll, describe, expect, test } from "vitest";
import { OUTCOMES } from "../../core/cache/outcome.ts";
import type { Work } from "../../core/overload/shedder.ts";
import type { UpstreamFailure } from "../../core/ports.ts";
import { type Got, scenario } from "../scenario/harness.ts";
import { edgeOnSockets, routerOnSockets } from "./nodes-under-test.ts";
import { outcomeInHeader, outcomeToldOf } from "./same-word.ts";

const reached = new Set<string>();

function check(got: Got, outcome: string): void {
  expect(got.record.outcome).toBe(outcome);
  expect(outcomeInHeader(got.header("cache-status"))).toBe(outcome);
  expect(outcomeToldOf(got.record)).toBe(outcome);
  reached.add(outcome);
}

const FRESH = { "cache-control": "max-age=60", etag: '"v1"' };

describe("an edge's outcomes:", () => {
  test("hits of all kinds", async () => {
    const { origin, get } = scenario();
    origin.replies(200, FRESH, "0123456789");
    check(await get("/a"), "stored");
    check(await get("/a"), "hit");
    check(await get("/a", { "if-none-match": '"v1"' }), "hit-not-modified");
    check(await get("/a", { range: "bytes=0-1" }), "hit-range");
    check(await get("/a", { range: "bytes=100-" }), "hit-range-unsatisfiable");
  });

  test("stale answers and revalidations", async () => {
    const { origin, get, clock } = scenario();
    const lenient = { ...FRESH, "cache-control": "max-age=60, stale-while-revalidate=60, stale-if-error=600" };
    origin.replies(200, lenient, "1");
    await get("/a");
    clock.advance(90_000);
    origin.replies(304, lenient);
    check(await get("/a"), "stale-while-revalidate");
    clock.advance(130_000);
    origin.fails("refused");
    check(await get("/a"), "stale-if-error");
    origin.replies(304, lenient);
    check(await get("/a"), "revalidated");
    clock.advance(130_000);
    origin.replies(200, lenient, "2");
    check(await get("/a"), "revalidated-changed");
  });

  test("what there is no room for, the dearest first", async () => {
    let spared: Work | undefined;
    const { origin, get } = scenario({ sheds: (work) => spared !== undefined && work !== spared });
    origin.replies(200, FRESH, "1");
    await get("/a");
    spared = "hit";
    check(await get("/a"), "hit");
    const missed = await get("/b");
    check(missed, "overloaded");
    expect([missed.status, missed.header("cache-control")]).toEqual([503, "no-store"]);
    expect(Number(missed.header("retry-after"))).toBeGreaterThanOrEqual(1);
    spared = "range-miss";
    origin.replies(206, { "content-range": "bytes 0-0/1" }, "1");
    expect((await get("/c", { range: "bytes=0-0" })).status).toBe(206);
    check(await get("/a"), "overloaded");
  });

  test("who asks more often than one address may", async () => {
    const { origin, get } = scenario({ settings: { missesPerIpPerSecondMax: 1, rateBurstSeconds: 1 } });
    origin.replies(200, FRESH, "1");
    await get("/a");
    const missed = await get("/b");
    check(missed, "rate-limited");
    expect([missed.status, missed.header("retry-after"), missed.record.reason]).toEqual([429, "1", "miss-rate"]);
    check(await get("/a"), "hit");
  });

  test("stale as the client allows", async () => {
    const { origin, get, clock } = scenario({ config: { profile: "rfc9111" } });
    origin.replies(200, FRESH, "1");
    await get("/a");
    clock.advance(70_000);
    check(await get("/a", { "cache-control": "max-stale=60" }), "stale-allowed");
    check(await get("/b", { "cache-control": "only-if-cached" }), "only-if-cached");
  });

  test("misses, shared and not", async () => {
    const { origin, get, request, settled } = scenario();
    let answer: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      answer = resolve;
    });
    origin.answers(async () => {
      await wait;
      const head = { status: 200, fields: [["cache-control", "max-age=60"]] as const };
      return { kind: "response", head, body: Buffer.from("1"), closeDelimited: false };
    });
    const [first, second] = [request("GET", "/a"), request("GET", "/a")];
    answer();
    check(await first, "stored");
    check(await second, "collapsed");
    await settled();
    origin.replies(200, { "cache-control": "no-store" }).replies(200, { "cache-control": "no-store" });
    check(await get("/b"), "not-stored");
    check(await get("/b"), "hit-for-pass");
    for (let plan = 0; plan < 16; plan += 1) {
      origin.replies(200, { ...FRESH, vary: "x-plan" });
      check(await get("/c", { "x-plan": `${plan}` }), "stored");
    }
    origin.replies(200, { ...FRESH, vary: "x-plan" });
    check(await get("/c", { "x-plan": "16" }), "stored-variant-dropped");
  });

  test("too many who wait for another's fetch", async () => {
    const { origin, get, request } = scenario({ limits: { maxWaitersPerKey: 0 } });
    origin.answers(() => new Promise(() => {}));
    void request("GET", "/a");
    check(await get("/a"), "waiters-full");
  });

  test("no room for what is on its way", async () => {
    const { origin, get } = scenario({ limits: { fillsMaxBytes: 0 } });
    origin.replies(200, { ...FRESH, "content-length": "4" });
    check(await get("/a"), "fills-full");
  });

  test("what passes", async () => {
    const { origin, get, request } = scenario();
    origin.replies(200).replies(206).replies(200);
    check(await request("POST", "/a"), "pass-method");
    check(await get("/a", { range: "lines=0-1" }), "pass-range");
    check(await request("GET", "/a", {}, { body: "x" }), "pass-request");
    origin.replies(200, FRESH);
    check(await get(`/${"a".repeat(5_000)}`), "pass-long-key");
  });

  test("a site's rules", async () => {
    const rules = [
      { match: { paths: ["/old"] }, redirect: { to: "https://www.example.com/new", status: 301 as const } },
      { match: { paths: ["/api"] }, cors: { origins: ["https://app.example"] } },
      { match: { paths: ["/closed"] }, maintenance: {} },
    ];
    const { get, request } = scenario({ config: { rules } });
    check(await get("/old"), "rule-redirect");
    const preflight = { origin: "https://app.example", "access-control-request-method": "PUT" };
    check(await request("OPTIONS", "/api", preflight), "rule-preflight");
    check(await get("/closed"), "rule-maintenance");
  });

  const failures: readonly (readonly [UpstreamFailure, string])[] = [
    ["refused", "origin-refused"],
    ["unresolved", "origin-unreachable"],
    ["tls", "origin-tls"],
    ["reset", "origin-reset"],
    ["malformed", "origin-malformed"],
    ["first-byte-timeout", "origin-timeout"],
    ["forbidden-address", "origin-forbidden"],
    ["cancelled", "client-left"],
  ];
  test.each(failures)("an origin that fails: %s", async (failure, outcome) => {
    const { origin, get } = scenario();
    origin.fails(failure).fails(failure).fails(failure);
    check(await get("/a"), outcome);
  });

  test("an origin that answers an error to somebody who had a stale response, and this one had none", async () => {
    const { origin, edge, clock, get, request, settled } = scenario();
    origin.replies(200, { "cache-control": "max-age=60, stale-if-error=600" }, "kept");
    await get("/a");
    clock.advance(90_000);
    let fail = (): void => {};
    const failing = new Promise<void>((resolve) => {
      fail = resolve;
    });
    origin.answers(async () => {
      await failing;
      return { kind: "response", head: { status: 500, fields: [] }, body: undefined, closeDelimited: false };
    });
    const first = request("GET", "/a");
    await Promise.resolve();
    edge.store.find = () => [];
    const second = request("GET", "/a");
    fail();
    check(await first, "stale-if-error");
    const got = await second;
    check(got, "origin-error");
    expect(got.status).toBe(500);
    await settled();
  });

  test("an origin that does not answer, with something stale at hand", async () => {
    const { origin, clock, get, request } = scenario();
    origin.replies(200, { "cache-control": "max-age=60, stale-if-error=600" }, "kept");
    await get("/a");
    clock.advance(90_000);
    origin.answers(() => new Promise(() => {}));
    const waiting = request("GET", "/a");
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_000);
    check(await waiting, "stale-if-slow");
  });

  test("an origin that is not even asked", async () => {
    const { origin, get } = scenario();
    for (let index = 0; index < 20; index += 1) {
      origin.fails("refused");
      await get(`/${index}`);
    }
    const rested = await get("/a");
    check(rested, "origin-unavailable");
    expect(rested.status).toBe(503);
    const full = scenario({
      config: { origin: { maxConnections: 1, allowPrivate: true } },
      settings: { originQueueMax: 0 },
    });
    full.origin.answers(() => new Promise(() => {}));
    void full.request("GET", "/slow");
    check(await full.get("/b"), "origin-busy");
  });

  test("what the edge refuses or answers itself", async () => {
    const { get, request } = scenario();
    check(await request("GET", "/a", {}, { host: "other.example" }), "unknown-site");
    check(await get("/a", { "cdn-loop": 'antipode; node="nyc"' }), "loop-detected");
    check(await get("/.antipode/probe"), "reserved-path");
    check(await request("POST", "/.antipode/probe"), "method-refused");
  });
});

describe("on sockets,", () => {
  const raw = (line: string, more = ""): string => `${line} HTTP/1.1\r\nHost: a\r\n${more}Connection: close\r\n\r\n`;
  const refusals: readonly (readonly [name: string, bytes: string, status: number, outcome: string])[] = [
    ["malformed", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad-request"],
    ["TRACE", raw("TRACE /"), 405, "method-refused"],
    ["an endless header", raw("GET /", `x: ${"y".repeat(30_000)}\r\n`), 431, "too-large"],
    ["a head that never ends", "GET / HTTP/1.1\r\nHost: a\r\n", 408, "client-timeout"],
    ["a body that is too long for us", raw("POST /echo", "Content-Length: 99999999\r\n"), 413, "too-large"],
    ["a role that fails", raw("GET /fails"), 500, "internal-error"],
  ];
  test.each(refusals)("%s: one record, of the status that the client saw", async (_, bytes, status, outcome) => {
    const edge = await edgeOnSockets();
    expect(await edge.send(bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await edge.recorded(1);
    expect(edge.records).toMatchObject([{ status, outcome, role: "edge", node: "edge" }]);
    const [record] = edge.records;
    if (record !== undefined) expect(outcomeToldOf(record)).toBe(outcome);
    reached.add(outcome);
    expect(await edge.metric(`antipode_requests_total{node="edge",site="none",outcome="${outcome}"}`)).toBe(1);
    await edge.close();
  });

  test("a body that breaks its framing while the role works is one record, of the refusal", async () => {
    const edge = await edgeOnSockets();
    const bytes = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX";
    expect(await edge.send(bytes)).toMatch(/^HTTP\/1\.1 400 /);
    await edge.recorded(1);
    expect(edge.records).toMatchObject([{ status: 400, outcome: "bad-request", complete: false }]);
    await edge.close();
  });

  test("a router proxies, redirects, or finds no edge", async () => {
    const edge = await edgeOnSockets();
    for (const [mode, port, outcome] of [
      ["proxy", edge.port, "proxied"],
      ["redirect", edge.port, "redirected"],
      ["proxy", 1, "no-edge"],
    ] as const) {
      const router = await routerOnSockets(mode, port);
      const answer = await router.send(raw("GET /a"));
      await router.recorded(1);
      const [record] = router.records;
      expect(record?.outcome).toBe(outcome);
      if (record !== undefined) expect(outcomeToldOf(record)).toBe(outcome);
      const header = /^cache-status: (.*)\r$/im.exec(answer)?.[1];
      if (outcome === "proxied") {
        await edge.recorded(1);
        expect(outcomeInHeader(header)).toBe(edge.records.at(-1)?.outcome);
      } else expect(outcomeInHeader(header)).toBe(outcome);
      expect(await router.metric(`antipode_requests_total{node="router",site="none",outcome="${outcome}"}`)).toBe(1);
      reached.add(outcome);
      await router.close();
    }
    await edge.close();
  });
});

afterAll(() => {
  expect(Object.keys(OUTCOMES).filter((outcome) => !reached.has(outcome))).toEqual([]);
});
