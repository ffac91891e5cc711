/** Pairing of records, the budget of lines, and what they look like. */
import { describe, expect, test } from "vitest";
import type { RequestRecord } from "../../core/record.ts";
import { plain } from "../text.ts";
import { durationText, eventText, omittedText, printable, requestText, welcomeText } from "./format.ts";
import { LINES_PER_SECOND_MAX, LineBudget } from "./line-budget.ts";
import { PAIR_WAIT_MS, parseRecord, RequestLines } from "./request-lines.ts";

const EDGE: RequestRecord = {
  atMs: 1_000,
  node: "syd",
  role: "edge",
  site: "demo",
  outcome: "hit",
  forward: undefined,
  method: "GET",
  authority: "localhost:8080",
  target: "/places",
  status: 200,
  bodyBytes: 10,
  complete: true,
  clientAddress: "127.0.0.1",
  headMs: 1,
  totalMs: 2,
};
const ROUTER: RequestRecord = {
  ...EDGE,
  node: "router",
  role: "router",
  edge: "syd",
  outcome: "pass-request",
  totalMs: 162,
  clientAddress: "129.78.1.1",
};

describe("two records of one request are one line", () => {
  test.each([
    ["edge first", [EDGE, ROUTER]],
    ["router first", [ROUTER, EDGE]],
  ])("%s: the edge's outcome, the router's time and client", (_name, records) => {
    const lines = new RequestLines();
    const shown = records.flatMap((record) => lines.add(record, 5_000));
    expect(shown).toHaveLength(1);
    expect(shown[0]).toMatchObject({ node: "syd", outcome: "hit", totalMs: 162, clientAddress: "129.78.1.1" });
    expect(lines.release(5_000 + PAIR_WAIT_MS)).toEqual([]);
  });

  test("an edge asked directly is shown alone after a moment", () => {
    const lines = new RequestLines();
    expect(lines.add(EDGE, 5_000)).toEqual([]);
    expect(lines.release(5_000 + PAIR_WAIT_MS - 1)).toEqual([]);
    expect(lines.release(5_000 + PAIR_WAIT_MS)).toMatchObject([{ node: "syd", totalMs: 2 }]);
  });

  test("a slow client's router record does not show the request a second time", () => {
    const lines = new RequestLines();
    lines.add(EDGE, 5_000);
    expect(lines.release(6_000)).toHaveLength(1);
    expect(lines.add(ROUTER, 9_000)).toEqual([]);
    expect(lines.add(ROUTER, 9_000)).toEqual([]);
    expect(lines.release(10_000)).toHaveLength(1);
  });

  test("what the router answered itself is shown at once, probes never", () => {
    const lines = new RequestLines();
    const { edge: _edge, ...alone } = ROUTER;
    expect(lines.add({ ...alone, outcome: "origin-refused", status: 502 }, 0)).toMatchObject([
      { node: "router", status: 502 },
    ]);
    expect(lines.add({ ...EDGE, outcome: "reserved-path" }, 0)).toEqual([]);
    expect(lines.release(10_000)).toEqual([]);
  });

  test("equal requests pair one to one", () => {
    const lines = new RequestLines();
    const shown = [EDGE, EDGE, ROUTER, ROUTER].flatMap((record) => lines.add(record, 0));
    expect(shown).toHaveLength(2);
    expect(lines.release(10_000)).toEqual([]);
  });

  test("what waits is bounded", () => {
    const lines = new RequestLines();
    let shown = 0;
    for (let index = 0; index < 2_100; index += 1) shown += lines.add({ ...EDGE, target: `/${index}` }, 0).length;
    expect(shown).toBe(100);
  });
});

test("only records are read from a child's output", () => {
  expect(parseRecord(JSON.stringify(EDGE))).toMatchObject({ node: "syd" });
  for (const line of ["", "hello", "{", "{}", "null", '{"outcome":"hit"}']) expect(parseRecord(line)).toBeUndefined();
});

test("a flood is cut to a number of lines a second, and what is left out is counted", () => {
  const budget = new LineBudget();
  const line = {
    atMs: 0,
    node: "syd",
    method: "GET",
    target: "/",
    status: 200,
    outcome: "hit",
    totalMs: 1,
    clientAddress: "",
  } as const;
  const shown = Array.from({ length: 100 }, () => budget.admit(line, 10)).filter(Boolean);
  expect(shown).toHaveLength(LINES_PER_SECOND_MAX);
  expect(budget.takeOmitted(500)).toBeUndefined();
  const omitted = budget.takeOmitted(1_010);
  expect(omitted).toEqual({ count: 80, outcomes: [["hit", 80]] });
  expect(budget.takeOmitted(1_020)).toBeUndefined();
  expect(budget.admit(line, 1_020)).toBe(true);
  expect(omitted && omittedText(omitted)).toBe("         … and 80 more: 80 hit");
});

describe("text", () => {
  const line = {
    atMs: 0,
    node: "syd",
    method: "GET",
    target: "/places",
    status: 200,
    outcome: "hit",
    totalMs: 162.4,
    clientAddress: "",
  } as const;

  test.each([80, 100])("a request fits %i columns, however long its path", (columns) => {
    for (const target of ["/", `/${"long/".repeat(100)}`]) {
      const text = requestText({ ...line, target }, { columns, paint: plain });
      expect(text).toHaveLength(columns);
      expect(text).toMatch(/^\d\d:\d\d:\d\d syd {4}GET {2}\/.* 200 {2}hit +162 ms$/);
    }
  });

  test("what strangers send cannot steer the terminal", () => {
    const text = requestText({ ...line, target: "/\u001b[2J\u0007\u202e\r\nx" }, { columns: 100, paint: plain });
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(printable("a\tb")).toBe("a?b");
  });

  test("durations", () => {
    expect([0.42, 12.4, 999, 2_040].map(durationText)).toEqual(["0.4 ms", "12 ms", "999 ms", "2.0 s"]);
  });

  test("events are one line each", () => {
    const end = { code: null, signal: "SIGKILL" };
    expect(eventText({ kind: "died", name: "nyc", pid: 7, end, restartInMs: 200 }, plain)).toBe(
      "edge nyc (pid 7) was ended by SIGKILL; restart in 200 ms",
    );
    expect(eventText({ kind: "restarted", name: "nyc", pid: 8 }, plain)).toBe("edge nyc is back (pid 8)");
    expect(eventText({ kind: "given-up", name: "nyc", deaths: 10 }, plain)).toContain("died 10 times");
  });

  test("the first screen fits 100 columns and names what to open and try", () => {
    const text = welcomeText(
      {
        programs: ["router", "nyc", "fra", "syd", "control", "origin"].map((name) => ({
          name,
          url: "http://localhost:65535",
          note: "sends each client to the nearest edge",
          pid: 4_194_304,
        })),
        inFrontOf: undefined,
        siteUrl: "http://localhost:65535",
        statusUrl: "http://localhost:65535",
        routerAuthority: "localhost:65535",
        clients: [
          { place: "New York", address: "216.165.1.1" },
          { place: "Frankfurt", address: "141.2.1.1" },
          { place: "Sydney", address: "129.78.1.1" },
        ],
        wan: "on",
        dns: undefined,
        controlUrl: "http://127.0.0.1:8081",
        adminTokenFile: "/tmp/antipode-dev-abcdef/control/admin.token",
        programFile: "/srv/antipode/bin/antipode",
      },
      { columns: 100, paint: plain },
    );
    for (const one of text.split("\n")) expect(one.length).toBeLessThanOrEqual(100);
    expect(text.match(/curl /g)).toHaveLength(3);
    expect(text).toContain("kill -9 4194304");
    expect(text).toContain("alias antipode=/srv/antipode/bin/antipode\n");
  });
});
