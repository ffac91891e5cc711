/** What control learns from the admin listeners, and the page that it makes of it. */
import { describe, expect, test } from "vitest";
import type { Clock } from "../core/ports.ts";
import { controlApp } from "./app.ts";
import { type AdminAnswer, CHANGES_MAX, NodeWatch } from "./node-watch.ts";
import { bytesText, spanText } from "./status-page.ts";
import { watchedNodes } from "./watched-nodes.ts";

const CONFIG = {
  edges: {
    nyc: { at: [40.71, -74.01], region: "us-east", listen: "http://127.0.0.1:8101" },
    "<b>": { listen: "<script>alert(1)</script>" },
  },
  dev: {
    router: { listen: "http://127.0.0.1:8080", admin: "http://router" },
    edges: { nyc: { place: "New York", admin: "http://nyc" }, "<b>": { admin: "http://odd" } },
  },
};

function scene(answers: Record<string, AdminAnswer | undefined>) {
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { nowMs: () => nowMs, after: () => () => {}, random: () => 0 };
  const watch = new NodeWatch({
    nodes: watchedNodes(CONFIG),
    clock,
    ask: (url) => Promise.resolve(answers[url.replace("http://", "")]),
  });
  const shown = { version: "1.2.3", processSamples: () => [], askRouter: async () => "none" as const };
  const app = controlApp({ watch, clock, allowsHost: (host) => host === "localhost", ...shown });
  const get = (path: string, host = "localhost") => app.request(path, { headers: { Host: host } });
  return {
    watch,
    answers,
    get,
    advance: (ms: number) => (nowMs += ms),
    stateOf: (id: string) => watch.states.find((state) => state.node.id === id),
  };
}

const OK = { status: 200, json: undefined };

describe("health", () => {
  test("a node that lives and is ready is up; its figures are shown", async () => {
    const { watch, stateOf } = scene({
      "nyc/livez": OK,
      "nyc/readyz": OK,
      "nyc/status.json": { status: 200, json: { requests: 10, hits: 4, bytes: 2048, maxBytes: 4096, entries: "many" } },
    });
    await watch.round();
    expect(stateOf("nyc")).toMatchObject({ health: "up", figures: { requests: 10, hits: 4, bytes: 2048 } });
    expect(stateOf("nyc")?.figures.entries).toBeUndefined();
  });

  test("one that is alive and not ready drains; silence is down; without an admin listener it is unknown", async () => {
    const { watch, stateOf } = scene({ "nyc/livez": OK, "nyc/readyz": { status: 503, json: undefined } });
    await watch.round();
    expect(stateOf("nyc")?.health).toBe("draining");
    expect(stateOf("router")?.health).toBe("down");
    expect(watchedNodes({ edges: { far: {} } })[0]?.adminUrl).toBeUndefined();
  });

  test("changes are remembered with their time, newest first, and not without end", async () => {
    const { watch, answers, advance, stateOf } = scene({ "nyc/livez": OK, "nyc/readyz": OK });
    await watch.round();
    advance(5_000);
    delete answers["nyc/livez"];
    await watch.round();
    expect(watch.changes[0]).toEqual({ atMs: 1_800_000_005_000, id: "nyc", from: "up", to: "down" });
    expect(stateOf("nyc")?.healthSinceMs).toBe(1_800_000_005_000);
    for (let round = 0; round < CHANGES_MAX + 10; round += 1) {
      if (round % 2 === 0) answers["nyc/livez"] = OK;
      else delete answers["nyc/livez"];
      await watch.round();
    }
    expect(watch.changes.length).toBe(CHANGES_MAX);
  });

  test("what the router thinks of an edge is read in each of its forms", async () => {
    for (const edges of [{ nyc: "suspect" }, { nyc: { state: "suspect" } }, [{ id: "nyc", health: "suspect" }]]) {
      const { watch, stateOf } = scene({
        "router/livez": OK,
        "router/readyz": OK,
        "router/status.json": { status: 200, json: { edges } },
      });
      await watch.round();
      expect(stateOf("nyc")?.routerSays).toBe("suspect");
    }
  });
});

test.each([undefined, null, 3, "x", [], { edges: [] }, { edges: { a: null }, dev: { edges: 1, router: [] } }])(
  "no config upsets it: %j",
  (config) => {
    expect(Array.isArray(watchedNodes(config))).toBe(true);
  },
);

describe("page", () => {
  test("shows every node, loads itself again, and escapes what the config says", async () => {
    const { watch, get } = scene({
      "nyc/livez": OK,
      "nyc/readyz": OK,
      "nyc/status.json": { status: 200, json: { requests: 8, hits: 4, bytes: 1_572_864, maxBytes: 268_435_456 } },
    });
    await watch.round();
    const answer = await get("/");
    const text = await answer.text();
    expect(answer.headers.get("refresh")).toBe("3");
    expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(text).toContain("Edge nyc");
    expect(text).toContain("New York");
    expect(text).toContain("50.0 %");
    expect(text).toContain("1.5 MiB of 256 MiB");
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toContain("<script>");
    expect(text).not.toContain("<b>");
  });

  test("the same as JSON", async () => {
    const { watch, get } = scene({ "nyc/livez": OK, "nyc/readyz": OK });
    await watch.round();
    const body = await (await get("/v1/edges")).json();
    expect(body).toMatchObject({ edges: [{ id: "nyc", health: "up" }, { id: "<b>" }], routers: [{ health: "down" }] });
  });

  test("and in /metrics, each node in exactly one state", async () => {
    const { watch, get } = scene({ "nyc/livez": OK, "nyc/readyz": { status: 503, json: undefined } });
    await watch.round();
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const page = await response.text();
    expect(page).toContain('antipode_watched_node_health{node="control",target="nyc",state="draining"} 1\n');
    expect(page).toContain('antipode_watched_node_health{node="control",target="nyc",state="up"} 0\n');
    expect(page).toContain('antipode_build_info{node="control",version="1.2.3",role="control"} 1\n');
  });

  test("a name that is not this machine's is refused", async () => {
    const answer = await scene({}).get("/", "rebound.example");
    expect(answer.status).toBe(421);
    expect(await answer.text()).not.toContain("rebound");
  });

  test("what is not there is 404", async () => {
    expect((await scene({}).get("/v2")).status).toBe(404);
  });
});

test("sizes and spans read well", () => {
  expect([0, 1023, 1024, 1_572_864, 268_435_456].map(bytesText)).toEqual([
    "0 B",
    "1023 B",
    "1.0 KiB",
    "1.5 MiB",
    "256 MiB",
  ]);
  expect([900, 61_000, 7_260_000, 300_000_000].map(spanText)).toEqual(["0 s", "1 min 1 s", "2 h 1 min", "3 days"]);
});
