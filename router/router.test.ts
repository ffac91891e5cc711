/** The router in front of scripted edges: retries, addresses, redirects. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../core/cancellation.ts";
import { EDGE_HEALTH_RULES } from "../core/health/health-rules.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { parseCidr } from "../core/net/address.ts";
import { clientAddress } from "../core/net/client-address.ts";
import type { Incoming, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { CHOICE_RULES } from "../core/route/choice-rules.ts";
import { LATENCY_RULES } from "../core/route/latency-model.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import { Decider } from "./decider.ts";
import type { Router, RouterMode, SiteRouting } from "./router.ts";
import { serveRouter } from "./serve.ts";
import { Watch } from "./watch.ts";

const PLACES: Record<string, readonly [number, number]> = { "203.0.113.1": [50, 8], "203.0.113.2": [-33, 151] };

interface Setup {
  readonly mode?: RouterMode;
  readonly failing?: Record<string, UpstreamFailure>;
  readonly realDelays?: boolean;
  readonly retriesMax?: number;
  readonly siteRouting?: SiteRouting;
}

function routerWith(options: Setup = {}) {
  const clock = new VirtualClock();
  const asked: UpstreamRequest<ByteBody>[] = [];
  const records: RequestRecord[] = [];
  const failing = options.failing ?? {};
  const upstream = {
    async fetch(request: UpstreamRequest<ByteBody>): Promise<UpstreamResult<ByteBody>> {
      asked.push(request);
      const failure = failing[request.to.host];
      if (failure !== undefined) return { kind: "failure", failure, detail: "" };
      const fields: FieldLine[] = [["cache-status", `${request.to.host}; hit`]];
      return { kind: "response", head: { status: 200, fields }, body: undefined, closeDelimited: false };
    },
  };
  const edge = (id: string, at: readonly [number, number]) => ({
    id,
    at,
    target: { scheme: "http", host: id, port: 80 } as const,
    redirectBase: `https://${id}.example.net`,
    region: id === "syd" ? "au" : undefined,
  });
  const edges = [edge("nyc", [40.7, -74]), edge("fra", [50.1, 8.7]), edge("syd", [-33.9, 151.2])];
  const limits = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };
  const watch = new Watch<ByteBody>({
    ...{ clock, upstream, limits, edges, rules: EDGE_HEALTH_RULES },
    bodies: byteBodies,
    onChange: () => {},
  });
  const trusted = [parseCidr("127.0.0.0/8")].flatMap((range) => range ?? []);
  const geo = {
    locate: (address: string) => {
      const at = PLACES[address];
      return at && { at, country: "XX", areaKm: 10 };
    },
  };
  const decider = new Decider({
    ...{ mode: options.mode ?? "proxy", edges, geo, health: watch.health, nowMs: clock.nowMs() },
    ...{ latencyRules: { ...LATENCY_RULES, prefixesMax: 100 }, choiceRules: CHOICE_RULES },
    siteRouting: () => options.siteRouting,
  });
  const router: Router<ByteBody> = {
    id: "router",
    mode: options.mode ?? "proxy",
    clock,
    bodies: byteBodies,
    upstream,
    edges,
    decider,
    watch,
    limits: {
      ...{ connectMs: 1000, firstByteMs: 1000, betweenBytesMs: 1000, hopsMax: 8 },
      retriesMax: options.retriesMax ?? 2,
    },
    realDelays: options.realDelays ?? false,
    clientOf: (peer, request) => clientAddress(peer, request.fields, trusted),
    record: (record) => records.push(record),
  };
  const ask = async (
    method: string,
    fields: FieldLine[],
    peerAddress = "127.0.0.1",
    { body, target = "/a?b=1" }: { body?: ByteBody; target?: string } = {},
  ) => {
    const incoming: Incoming<ByteBody> = {
      head: { method, scheme: "http", authority: "www.example.com", target, fields },
      body,
      peerAddress,
      cancellation: new Cancellation(),
      receivedAtMs: clock.nowMs(),
      interim: () => {},
    };
    const reply = await serveRouter(router, incoming);
    reply.sent({ bodyBytes: 0, complete: true });
    return reply.head;
  };
  return { router, watch, clock, asked, records, failing, ask };
}

const from = (address: string): FieldLine[] => [["x-forwarded-for", address]];
const field = (fields: readonly FieldLine[], name: string) => fields.find((line) => line[0] === name)?.[1];

describe("proxying", () => {
  it("asks the nearest edge, with the client's address and the Host as it was", async () => {
    const { ask, asked, records } = routerWith();
    expect((await ask("GET", from("203.0.113.2"))).status).toBe(200);
    const [request] = asked;
    expect(request?.to.host).toBe("syd");
    expect(field(request?.fields ?? [], "host")).toBe("www.example.com");
    expect(field(request?.fields ?? [], "x-forwarded-for")).toBe("203.0.113.2");
    expect(records).toMatchObject([{ outcome: "proxied", edge: "syd", role: "router" }]);
  });

  it("does not believe X-Forwarded-For of a stranger", async () => {
    const { ask, asked } = routerWith();
    await ask("GET", from("203.0.113.2"), "203.0.113.1");
    expect(asked[0]?.to.host).toBe("fra");
    expect(field(asked[0]?.fields ?? [], "x-forwarded-for")).toBe("203.0.113.1");
  });

  it.each<UpstreamFailure>(["refused", "reset", "first-byte-timeout", "malformed"])(
    "asks the next edge when the first fails with %s",
    async (failure) => {
      const { ask, asked } = routerWith({ failing: { fra: failure } });
      expect((await ask("GET", from("203.0.113.1"))).status).toBe(200);
      expect(asked.map(({ to }) => to.host)).toEqual(["fra", "nyc"]);
    },
  );

  it.each([
    ["HEAD", 200],
    ["OPTIONS", 200],
    ["PUT", 200],
    ["DELETE", 200],
    ["PATCH", 502],
    ["LOCK", 502],
  ])("after a reset, %s without a body ends in %i: only what may be repeated is", async (method, status) => {
    const { ask } = routerWith({ failing: { fra: "reset" } });
    expect((await ask(method, from("203.0.113.1"))).status).toBe(status);
  });

  it("tries no more edges than the limit says", async () => {
    const { ask, asked } = routerWith({ failing: { nyc: "reset", fra: "reset" }, retriesMax: 1 });
    expect((await ask("GET", from("203.0.113.1"))).status).toBe(502);
    expect(asked.map(({ to }) => to.host)).toEqual(["fra", "nyc"]);
  });

  it("does not hold a site's slow origin against the edge", async () => {
    const { ask, watch } = routerWith({ failing: { fra: "first-byte-timeout" } });
    for (let request = 0; request < 4; request += 1) await ask("GET", from("203.0.113.1"));
    expect(watch.stateOf("fra")).toBe("unknown");
  });

  it("with real delays, asks only when light has crossed the distance", async () => {
    const { ask, asked, clock } = routerWith({ realDelays: true, failing: { syd: "refused", fra: "refused" } });
    const answer = ask("GET", from("203.0.113.1")); // at [50, 8]: some 50 km from Frankfurt, 6,200 from New York
    const settle = async () => {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    };
    const steps: number[] = [];
    for (const ms of [1, 60, 10]) {
      clock.advance(ms);
      await settle();
      steps.push(asked.length);
    }
    expect(steps).toEqual([1, 1, 2]);
    expect((await answer).status).toBe(200);
  });

  it("never sends a POST twice when the edge may have seen it", async () => {
    const { ask, asked } = routerWith({ failing: { fra: "reset" } });
    expect((await ask("POST", from("203.0.113.1"))).status).toBe(502);
    expect(asked).toHaveLength(1);
  });

  it("asks the next edge for a POST without a body that was refused, but not for one whose body is spent", async () => {
    const { ask, asked } = routerWith({ failing: { fra: "refused" } });
    expect((await ask("POST", from("203.0.113.1"))).status).toBe(200);
    expect((await ask("POST", from("203.0.113.1"), "127.0.0.1", { body: Buffer.from("x") })).status).toBe(502);
    expect(asked.map(({ to }) => to.host)).toEqual(["fra", "nyc", "fra"]);
  });

  it("is 502 and no-store when every edge fails", async () => {
    const { ask, asked, records } = routerWith({ failing: { nyc: "refused", fra: "refused", syd: "refused" } });
    const head = await ask("GET", from("203.0.113.1"));
    expect([head.status, field(head.fields, "cache-control")]).toEqual([502, "no-store"]);
    expect(asked).toHaveLength(3);
    expect(records).toMatchObject([{ outcome: "no-edge" }]);
  });

  it("learns from real requests: after two refusals the edge is not asked any more", async () => {
    const { ask, asked } = routerWith({ failing: { fra: "refused" } });
    for (let request = 0; request < 3; request += 1) await ask("GET", from("203.0.113.1"));
    expect(asked.map(({ to }) => to.host)).toEqual(["fra", "nyc", "fra", "nyc", "nyc"]);
  });

  it("asks only edges of the regions that a site allows, and is 503 when there is none", async () => {
    const siteRouting = { regions: ["au"], failClosed: false };
    const { ask, asked, failing } = routerWith({ siteRouting });
    expect((await ask("GET", from("203.0.113.1"))).status).toBe(200);
    failing.syd = "reset";
    expect((await ask("GET", from("203.0.113.1"))).status).toBe(502);
    expect(asked.map(({ to }) => to.host)).toEqual(["syd", "syd"]);
    const nowhere = routerWith({ siteRouting: { regions: ["mars"], failClosed: false } });
    expect((await nowhere.ask("GET", from("203.0.113.1"))).status).toBe(503);
    expect(nowhere.records).toMatchObject([{ outcome: "no-edge", status: 503 }]);
  });

  it("answers nobody when no edge is well and the site wants that", async () => {
    const { ask, asked, failing } = routerWith({ siteRouting: { regions: ["au"], failClosed: true } });
    failing.syd = "refused";
    for (const status of [502, 502, 503]) expect((await ask("GET", from("203.0.113.1"))).status).toBe(status);
    expect(asked).toHaveLength(2);
  });

  it("asks the next edge for a site that wants well ones only, but none that is not well", async () => {
    const { ask, asked, failing } = routerWith({ siteRouting: { regions: undefined, failClosed: true } });
    failing.fra = "reset";
    expect((await ask("GET", from("203.0.113.1"))).status).toBe(200);
    expect(asked.map(({ to }) => to.host)).toEqual(["fra", "nyc"]);
    failing.nyc = "refused";
    for (const status of [200, 200, 200]) expect((await ask("GET", from("203.0.113.1"))).status).toBe(status);
    expect(asked.slice(-2).map(({ to }) => to.host)).toEqual(["fra", "syd"]);
    failing.syd = "refused";
    for (const status of [502, 502, 502]) expect((await ask("GET", from("203.0.113.1"))).status).toBe(status);
    expect(asked.slice(-1).map(({ to }) => to.host)).toEqual(["fra"]);
  });

  it("learns round trips only where the client's way is part of them, and only from hits", async () => {
    const learned = async (realDelays: boolean) => {
      const { ask, clock, router } = routerWith({ realDelays });
      const answer = ask("GET", from("203.0.113.1"));
      await Promise.resolve();
      clock.advance(3);
      await answer;
      const { candidates } = router.decider.explain({ clientAddress: "203.0.113.1", authority: "" }, clock.nowMs());
      return candidates[0]?.source;
    };
    expect([await learned(false), await learned(true)]).toEqual(["great-circle", "measured"]);
  });

  it("refuses what has been here before", async () => {
    const { ask, asked } = routerWith();
    expect((await ask("GET", [["cdn-loop", 'antipode; node="router"']])).status).toBe(508);
    expect(asked).toHaveLength(0);
  });
});

describe("redirecting", () => {
  it("sends GET with 302 and the rest with 307 to the edge's own name, path and query kept", async () => {
    const { ask, asked } = routerWith({ mode: "redirect" });
    const get = await ask("GET", from("203.0.113.1"));
    expect([get.status, field(get.fields, "location"), field(get.fields, "cache-control")]).toEqual([
      302,
      "https://fra.example.net/a?b=1",
      "no-store",
    ]);
    expect((await ask("PUT", from("203.0.113.1"))).status).toBe(307);
    expect(asked).toHaveLength(0);
  });

  it.each(["//evil.example/", "/\\evil.example", "/@evil.example", "/.evil.example", "/a?next=https://evil.example"])(
    "to %s stays on the edge's host",
    async (target) => {
      const { ask } = routerWith({ mode: "redirect" });
      const { fields } = await ask("GET", from("203.0.113.1"), "127.0.0.1", { target });
      expect(new URL(field(fields, "location") ?? "").origin).toBe("https://fra.example.net");
    },
  );

  it("does not happen for OPTIONS *, which names no path", async () => {
    const { ask, asked } = routerWith({ mode: "redirect" });
    const { status } = await ask("OPTIONS", from("203.0.113.1"), "127.0.0.1", { target: "*" });
    expect([status, asked.length]).toEqual([200, 1]);
  });

  it("goes to the next edge once the nearest is down", async () => {
    const { ask, watch } = routerWith({ mode: "redirect" });
    watch.report("fra", "refused");
    watch.report("fra", "refused");
    const { fields } = await ask("GET", from("203.0.113.1"));
    expect(field(fields, "location")).toBe("https://nyc.example.net/a?b=1");
  });
});

describe("the router's own paths", () => {
  it.each(["/.antipode/probe", "/.antipode/ping?t=1"])("%s is answered without asking an edge", async (target) => {
    const { ask, asked, records } = routerWith();
    const head = await ask("GET", [], "127.0.0.1", { target });
    expect([head.status, field(head.fields, "cache-control"), asked.length]).toEqual([200, "no-store", 0]);
    expect(records).toMatchObject([{ outcome: "reserved-path" }]);
  });
});
