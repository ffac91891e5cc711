/** Both ways of a hit give the same: what is ready, and what `serve` answers. Twice the same edge, in one frozen second. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Invalidations } from "../core/cache/invalidations.ts";
import { SearchVariances } from "../core/cache/search-variances.ts";
import { compileSite } from "../core/config/compile-config.ts";
import { defaultSettings } from "../core/config/settings.ts";
import type { SiteConfig } from "../core/config/types.ts";
import { REQUEST_LIMITS } from "../core/http/guard-fields.ts";
import { AppliedPurges } from "../core/ledger/applied-purges.ts";
import { clientAddress } from "../core/net/client-address.ts";
import { type RateLimits, Rates } from "../core/overload/rates.ts";
import type { Upstream } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { poolLimits } from "../origin/pool-limits.ts";
import { Pools } from "../origin/pools.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { MemoryStore } from "../runtime/memory/store.ts";
import { systemClock } from "../runtime/node/clock.ts";
import { nodeHashing } from "../runtime/node/hashing.ts";
import { Connection } from "../runtime/node/http1/connection.ts";
import { FakeWire } from "../runtime/node/http1/fake-wire.ts";
import { FieldMemory } from "../runtime/node/http1/field-memory.ts";
import { LISTENER_LIMITS } from "../runtime/node/http1/listener-options.ts";
import { ReaderCrowd } from "../runtime/node/http1/reader-patience.ts";
import { readyText } from "../runtime/node/http1/ready-head.ts";
import { TimerWheel } from "../runtime/node/http1/timer-wheel.ts";
import type { Edge } from "./edge.ts";
import { Flights } from "./flights.ts";
import { HoldDown } from "./hold-down.ts";
import { PassMarkers } from "./pass-markers.ts";
import { ReadyHits } from "./ready.ts";
import { BLOCKS, RESPONSES } from "./ready-corpus.ts";
import { serve } from "./serve.ts";

const SITES: Readonly<Record<string, SiteConfig>> = {
  plain: { hosts: ["*"], origins: [{ url: "http://192.168.0.9" }], origin: { allowPrivate: true } },
  letter: {
    hosts: ["*"],
    origins: [{ url: "http://192.168.0.9" }],
    origin: { allowPrivate: true },
    profile: "rfc9111",
  },
  rules: {
    hosts: ["*"],
    origins: [{ url: "http://192.168.0.9" }],
    origin: { allowPrivate: true },
    cache: { keyQuery: { drop: ["utm_*"] }, keyHeaders: ["x-odd"], keyCookies: ["session"], bypassCookies: ["login"] },
    rules: [
      { match: { paths: ["/plain"] }, responseHeaders: { set: { "x-rule": "yes" }, remove: ["cache-control"] } },
      { match: { paths: ["/via"], headers: { "accept-language": "en" } }, redirect: { to: "/elsewhere" } },
      { match: { paths: ["/coding"] }, cors: { origins: ["https://b.example"] } },
      { match: { paths: ["/gone"] }, errorPages: { "4xx": { body: "not here" } } },
      { match: { paths: ["/moved"] }, rewrite: { path: "/plain" } },
    ],
  },
};

/** One edge with its own listener's parts. */
function made(config: SiteConfig, withReady: boolean, rateLimits?: RateLimits, notesMax?: number) {
  const compiled = compileSite(config, { name: "site", appliedAtMs: Date.now() });
  if (compiled.kind !== "compiled") throw new Error(JSON.stringify(compiled.problems));
  const records: RequestRecord[] = [];
  const errors: unknown[] = [];
  let ready = 0;
  const rates = rateLimits && new Rates(rateLimits, []);
  const upstream: Upstream<ByteBody> = {
    fetch: async (request) => {
      setImmediate(() => request.onOver?.());
      const { status = 200, fields = [] } = RESPONSES[request.target.split("?")[0] ?? ""] ?? {};
      const body = Buffer.from(`${request.method} ${request.target} body`);
      const head = { status, fields: [...fields, ["content-length", `${body.length}`] as const] };
      return { kind: "response", head, body: request.method === "HEAD" ? undefined : body, closeDelimited: false };
    },
  };
  const edge: Edge<ByteBody> = {
    id: "edge",
    clock: { ...systemClock, random: () => 0.5 },
    store: new MemoryStore<ByteBody>({ maxBytes: 10_000_000 }),
    bodies: byteBodies,
    upstream,
    limits: defaultSettings,
    hashing: nodeHashing,
    pools: new Pools(poolLimits(defaultSettings), systemClock),
    flights: new Flights(),
    holdDown: new HoldDown({ maxKeys: 1_000 }),
    passMarkers: new PassMarkers({ maxKeys: 1_000 }),
    invalidations: new Invalidations({ maxUris: 1_000, maxNames: 1_000 }),
    purges: new AppliedPurges(),
    searches: new SearchVariances({ maxPaths: 1_000 }),
    findSite: () => compiled.site,
    clientOf: (peerAddress, request) => clientAddress(peerAddress, request.fields, []),
    record: (record) => {
      records.push(record);
      rates?.answered(record.clientAddress, record.status, Date.now());
    },
    inBackground: (work) => void work,
    ...(rates !== undefined && { rates }),
  };
  const hits = new ReadyHits(
    edge,
    (head, body: ByteBody, nowMs) => {
      ready += 1;
      return readyText(head, body, nowMs);
    },
    notesMax,
  );
  const memory = new FieldMemory();
  const guard = {
    ...({ scheme: "http", protocol: "http1", maxBodyBytes: 1_000, limits: REQUEST_LIMITS, memory } as const),
    ready: withReady ? hits : undefined,
  };
  const onError = (error: unknown): void => void errors.push(String(error));
  const options = {
    host: "",
    port: 0,
    onError,
    handler: (incoming: Parameters<typeof serve<ByteBody>>[1]) => serve(edge, incoming),
  };
  const context = {
    options,
    limits: LISTENER_LIMITS,
    guard,
    wheel: new TimerWheel(1_000),
    readers: new ReaderCrowd(LISTENER_LIMITS),
    seats: undefined,
  };
  /** One request on a connection of its own, in the given pieces. */
  async function ask(pieces: readonly string[]): Promise<string> {
    const wire = new FakeWire();
    new Connection(context, wire, "192.0.2.1");
    for (const piece of pieces) wire.give(Buffer.from(piece, "latin1"));
    for (let turn = 0; turn < 30 && wire.written === ""; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    // What comes after the first write of a stream.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return wire.written;
  }
  return { ask, records, errors, madeReady: () => ready, edge };
}

const TARGETS = [...Object.keys(RESPONSES), "/plain?utm_a=1", "/plain?a=1", "/a/../plain", "/.antipode/ping"];

function requestsOf(method: string): string[] {
  return TARGETS.flatMap((target) =>
    BLOCKS.map((block) => `${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${block}\r\n`),
  );
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: Date.parse("2026-11-24T10:00:00.250Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(Object.entries(SITES))("site %s", (_name, config) => {
  test("answers and records are the same on both ways, fresh, older and stale", async () => {
    const [usual, fast] = [made(config, false), made(config, true)];
    const corpus = [...requestsOf("GET"), ...requestsOf("HEAD").slice(0, 60), ...requestsOf("POST").slice(0, 3)];
    let bytes = 0;
    for (const stepMs of [0, 10, 990, 9_000]) {
      vi.setSystemTime(Date.now() + stepMs);
      for (const request of corpus) {
        const [expected, answer] = [await usual.ask([request]), await fast.ask([request])];
        expect(answer, request).toBe(expected);
        bytes += answer.length;
      }
    }
    expect(fast.records).toEqual(usual.records);
    expect(fast.errors).toEqual(usual.errors);
    expect(fast.edge.store.usage()).toEqual(usual.edge.store.usage());
    expect(bytes).toBeGreaterThan(100_000);
    expect(usual.madeReady()).toBe(0);
    expect(fast.madeReady()).toBeGreaterThan(20);
  }, 30_000);
});

test("a head that is too long to be kept is made once in vain, not for each request", async () => {
  const { ask, madeReady } = made(SITES.plain ?? { hosts: [], origins: [] }, true);
  for (let time = 0; time < 10; time += 1) await ask(["GET /long HTTP/1.1\r\nHost: a.example\r\n\r\n"]);
  expect(madeReady()).toBe(1);
});

test("something is remembered of so many keys at a time, of the others it is found out again", async () => {
  const notesMax = 4;
  const { ask, madeReady, edge } = made(SITES.plain ?? { hosts: [], origins: [] }, true, undefined, notesMax);
  const keys: string[] = [];
  const { store } = edge;
  const put = store.put.bind(store);
  store.put = (key, response) => {
    keys.push(key);
    return put(key, response);
  };
  const targets = Array.from({ length: 10 }, (_, index) => `/plain?n=${index}`);
  for (let time = 0; time < 3; time += 1) {
    for (const target of targets) await ask([`GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`]);
  }
  expect(keys).toHaveLength(10);
  expect(keys.filter((key) => store.entry?.(key)?.note !== undefined)).toHaveLength(notesMax);
  expect(madeReady()).toBe(20);
});

test("wherever a head is cut, the answer is the same", async () => {
  const { ask, madeReady } = made(SITES.plain ?? { hosts: [], origins: [] }, true);
  for (const block of BLOCKS.slice(0, 4)) {
    const request = `GET /coding HTTP/1.1\r\nHost: a.example\r\n${block}\r\n`;
    await ask([request]);
    const whole = await ask([request]);
    for (let at = 1; at < request.length; at += 1) {
      expect(await ask([request.slice(0, at), request.slice(at)]), `${at}`).toBe(whole);
    }
  }
  expect(madeReady()).toBeGreaterThan(0);
});

test("pipelined requests are answered in order, ready ones and others", async () => {
  const { ask } = made(SITES.plain ?? { hosts: [], origins: [] }, true);
  const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
  await ask([get("/plain")]);
  await ask([get("/plain")]);
  const answers = await ask([get("/plain") + get("/private") + get("/plain") + get("/plain")]);
  expect(answers.match(/GET \/[a-z]+ body/g)).toEqual(
    ["/plain", "/private", "/plain", "/plain"].map((t) => `GET ${t} body`),
  );
});

test.each([
  ["requests", { requestsPerIpPerSecondMax: 4 }],
  ["errors", { clientErrorsPerIpPerSecondMax: 2 }],
])("whoever asks too often is sent away on both ways: %s", async (_name, rates) => {
  const limits = { requestsPerIpPerSecondMax: 0, missesPerIpPerSecondMax: 0, clientErrorsPerIpPerSecondMax: 0 };
  const rateLimits = { ...limits, rateBurstSeconds: 2, rateAddressesMax: 100, ...rates };
  const config = SITES.plain ?? { hosts: [], origins: [] };
  const [usual, fast] = [made(config, false, rateLimits), made(config, true, rateLimits)];
  for (const stepMs of [0, 0, 0, 0, 0, 0, 100, 250, 0, 1_000, 0, 0, 0, 0, 0]) {
    vi.setSystemTime(Date.now() + stepMs);
    const request = "GET /gone HTTP/1.1\r\nHost: a.example\r\n\r\n";
    expect(await fast.ask([request])).toBe(await usual.ask([request]));
  }
  expect(fast.records).toEqual(usual.records);
  expect(fast.records.some(({ outcome }) => outcome === "rate-limited")).toBe(true);
  expect(fast.madeReady()).toBeGreaterThan(0);
});

test.each([
  ["a space", "/plain?utm_a=a b"],
  ["a control character", "/plain?utm_a=\u007f"],
  ["an encoded one", "/plain?utm_a=%00"],
  ["a fragment", "/plain?utm_a=#a"],
  ["too many characters", `/plain?utm_a=${"a".repeat(REQUEST_LIMITS.urlBytes)}`],
])(
  "a target that the guard refuses is refused although the site drops what is wrong with it: %s",
  async (_, target) => {
    const config = SITES.rules ?? { hosts: [], origins: [] };
    const [usual, fast] = [made(config, false), made(config, true)];
    for (const asked of ["/plain?utm_a=1", target]) {
      const request = `GET ${asked} HTTP/1.1\r\nHost: a.example\r\n\r\n`;
      expect(await fast.ask([request])).toBe(await usual.ask([request]));
    }
  },
);
