/** Metrics of requests: counted once, bounded, in the form that Prometheus reads. */
import { expect, test } from "vitest";
import { OUTCOMES, type Outcome } from "../cache/outcome.ts";
import type { RequestRecord } from "../record.ts";
import { METRICS } from "./metric-table.ts";
import { metricsText, sample } from "./metrics-text.ts";
import { RequestMetrics } from "./request-metrics.ts";

const RECORD: RequestRecord = {
  atMs: 1_000,
  node: "nyc",
  role: "edge",
  site: "example",
  outcome: "hit",
  forward: undefined,
  method: "GET",
  authority: "www.example.com",
  target: "/a",
  status: 200,
  bodyBytes: 1_024,
  complete: true,
  clientAddress: "192.0.2.1",
  headMs: 0,
  totalMs: 3,
};

function linesOf(metrics: RequestMetrics): string[] {
  return metricsText("nyc", metrics.samples()).trimEnd().split("\n");
}

test("a request is counted once in each metric it belongs to", () => {
  const metrics = new RequestMetrics();
  metrics.add(RECORD);
  metrics.add({ ...RECORD, outcome: "stored", bodyBytes: 2_000, totalMs: 40, headMs: 30, upstreamHeadMs: 29 });
  const lines = linesOf(metrics);
  expect(lines).toContain('antipode_requests_total{node="nyc",site="example",outcome="hit"} 1');
  expect(lines).toContain('antipode_requests_total{node="nyc",site="example",outcome="stored"} 1');
  expect(lines).toContain('antipode_responses_total{node="nyc",method="GET",status="200"} 2');
  expect(lines).toContain('antipode_response_body_bytes_total{node="nyc",site="example"} 3024');
  expect(lines).toContain('antipode_request_duration_seconds_bucket{node="nyc",result="hit",le="0.0025"} 0');
  expect(lines).toContain('antipode_request_duration_seconds_bucket{node="nyc",result="hit",le="0.005"} 1');
  expect(lines).toContain('antipode_request_duration_seconds_bucket{node="nyc",result="hit",le="+Inf"} 1');
  expect(lines).toContain('antipode_request_duration_seconds_sum{node="nyc",result="miss"} 0.04');
  expect(lines).toContain('antipode_response_size_bytes_bucket{node="nyc",result="hit",le="1024"} 1');
  expect(lines).toContain('antipode_upstream_head_seconds_count{node="nyc"} 1');
});

test("every outcome has a label of its own", () => {
  const metrics = new RequestMetrics();
  for (const outcome of Object.keys(OUTCOMES) as Outcome[]) metrics.add({ ...RECORD, outcome });
  const lines = linesOf(metrics).filter((line) => line.startsWith("antipode_requests_total"));
  expect(lines).toHaveLength(Object.keys(OUTCOMES).length);
});

test("random methods, hosts, targets and statuses add no series", () => {
  const metrics = new RequestMetrics();
  for (let index = 0; index < 5_000; index += 1) {
    metrics.add({
      ...RECORD,
      outcome: index % 2 === 0 ? "unknown-site" : "pass-method",
      site: index % 2 === 0 ? undefined : "example",
      method: `M${index}`,
      authority: `h${index}.example`,
      target: `/${index}`,
      status: 100 + (index % 500),
    });
  }
  const lines = linesOf(metrics).filter((line) => !line.startsWith("#"));
  expect(lines.length).toBeLessThan(250);
  expect(lines.filter((line) => line.includes("antipode_responses_total")).length).toBeLessThan(70);
});

test("a fleet of more sites than have labels shares one for the rest", () => {
  const metrics = new RequestMetrics();
  for (let index = 0; index < 1_500; index += 1) metrics.add({ ...RECORD, site: `site-${index}` });
  const lines = linesOf(metrics).filter((line) => line.startsWith("antipode_requests_total"));
  expect(lines).toHaveLength(1_001);
  expect(lines).toContain('antipode_requests_total{node="nyc",site="other",outcome="hit"} 500');
});

test("label values cannot break out of their quotes", () => {
  const text = metricsText('a"b\\c\nd', [sample("antipode_ready", 1)]);
  expect(text).toContain('antipode_ready{node="a\\"b\\\\c\\nd"} 1\n');
});

test("a sample that lacks a label of the table is a bug, and says so", () => {
  expect(() => metricsText("nyc", [sample("antipode_connections", 1)])).toThrow("listener");
});

test("the table keeps Prometheus' conventions", () => {
  for (const [name, { type, unit, buckets, help }] of Object.entries(METRICS)) {
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    if (unit === "seconds" || unit === "bytes") expect(name, name).toMatch(new RegExp(`_${unit}(_total)?$`));
    expect(buckets !== undefined, name).toBe(type === "histogram");
    expect(
      [...(buckets ?? [])].sort((a, b) => a - b),
      name,
    ).toEqual(buckets ?? []);
    expect(help, name).toMatch(/\.$/);
  }
});

test("refused requests are counted by reason, and no made-up reason adds a series", () => {
  const metrics = new RequestMetrics();
  metrics.add({ ...RECORD, status: 429, outcome: "rate-limited", reason: "miss-rate" });
  metrics.add({ ...RECORD, status: 400, outcome: "bad-request", reason: "length-repeated" });
  for (const reason of ["a", "b"]) metrics.add({ ...RECORD, status: 400, outcome: "bad-request", reason });
  expect(linesOf(metrics).filter((line) => line.startsWith("antipode_refused_requests_total"))).toEqual([
    'antipode_refused_requests_total{node="nyc",reason="miss-rate"} 1',
    'antipode_refused_requests_total{node="nyc",reason="length-repeated"} 1',
    'antipode_refused_requests_total{node="nyc",reason="other"} 2',
  ]);
});
