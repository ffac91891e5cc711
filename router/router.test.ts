/** The router in front of scripted edges: retries, addresses, redirects. */
import { describe, expect, it } from "vitest";
import { Cancellation } from "../core/cancellation.ts";
import type { FieldLine } from "../core/http/fields.ts";
import { parseCidr } from "../core/net/address.ts";
import { clientAddress } from "../core/net/client-address.ts";
import type { Incoming, UpstreamFailure, UpstreamRequest, UpstreamResult } from "../core/ports.ts";
import type { RequestRecord } from "../core/record.ts";
import { type ByteBody, byteBodies } from "../runtime/memory/bodies.ts";
import { VirtualClock } from "../test/scenario/virtual-clock.ts";
import type { Router, RouterMode } from "./router.ts";
import { serveRouter } from "./serve.ts";
import { Watch } from "./watch.ts";

const PLACES: Record<string, readonly [number, number]> = { "203.0.113.1": [50, 8], "203.0.113.2": [-33, 151] };

function routerWith(options: { mode?: RouterMode; failing?: Record<string, UpstreamFailure> } = {}) {
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
  });
  const edges = [edge("nyc", [40.7, -74]), edge("fra", [50.1, 8.7]), edge("syd", [-33.9, 151.2])];
  const limits = { probeIntervalMs: 1000, probeTimeoutMs: 500, confirmAfterMs: 200 };
  const watch = new Watch<ByteBody>({ clock, upstream, bodies: byteBodies, limits, edges, onChange: () => {} });
  const trusted = [parseCidr("127.0.0.0/8")].flatMap((range) => range ?? []);
  const router: Router<ByteBody> = {
    id: "router",
    mode: options.mode ?? "proxy",
    clock,
    bodies: byteBodies,
    upstream,
    geo: {
      locate: (address) => {
        const at = PLACES[address];
        return at && { at, country: "XX", areaKm: 10 };
      },
    },
    edges,
    watch,
    limits: { retriesMax: 2, connectMs: 1000, firstByteMs: 1000, betweenBytesMs: 1000, hopsMax: 8 },
    realDelays: false,
    clientOf: (peer, request) => clientAddress(peer, request.fields, trusted),
    record: (record) => records.push(record),
  };
  const ask = async (method: string, fields: FieldLine[], peerAddress = "127.0.0.1", body?: ByteBody) => {
    const incoming: Incoming<ByteBody> = {
      head: { method, scheme: "http", authority: "www.example.com", target: "/a?b=1", fields },
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

  it("never sends a POST twice when the edge may have seen it", async () => {
    const { ask, asked } = routerWith({ failing: { fra: "reset" } });
    expect((await ask("POST", from("203.0.113.1"))).status).toBe(502);
    expect(asked).toHaveLength(1);
  });

  it("asks the next edge for a POST without a body that was refused, but not for one whose body is spent", async () => {
    const { ask, asked } = routerWith({ failing: { fra: "refused" } });
    expect((await ask("POST", from("203.0.113.1"))).status).toBe(200);
    expect((await ask("POST", from("203.0.113.1"), "127.0.0.1", Buffer.from("x"))).status).toBe(502);
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

  it("refuses what has been here before", async () => {
    const { ask, asked } = routerWith();
    expect((await ask("GET", [["cdn-loop", 'antipode; node="router"']])).status).toBe(508);
    expect(asked).toHaveLength(0);
  });
});

describe("probing", () => {
  it("takes an edge that died out of rotation within two probes, and back after two good ones", async () => {
    const { watch, clock, failing, router } = routerWith();
    const settle = async () => {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    };
    watch.start();
    await settle();
    expect(watch.stateOf("fra")).toBe("up");
    failing.fra = "refused";
    for (const ms of [1000, 200]) {
      clock.advance(ms);
      await settle();
    }
    expect(watch.stateOf("fra")).toBe("down");
    delete failing.fra;
    for (const ms of [1000, 200]) {
      clock.advance(ms);
      await settle();
    }
    expect(watch.stateOf("fra")).toBe("up");
    router.watch.stop();
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
});
