/** Spans on their way to a collector: batches, patience, bounds, and what a span says. */
import { expect, test } from "vitest";
import { DEFAULT_REDACTION } from "../../core/log/redact.ts";
import type { UpstreamRequest, UpstreamResult } from "../../core/ports.ts";
import type { RequestRecord } from "../../core/record.ts";
import { VirtualClock } from "../../test/scenario/virtual-clock.ts";
import type { ByteBody } from "../memory/bodies.ts";
import { OtlpExporter } from "./otlp-exporter.ts";

const record = (sampled: boolean, more: Partial<RequestRecord> = {}): RequestRecord => ({
  ...{ atMs: 1_767_225_600_000, node: "nyc", role: "edge", site: "example", outcome: "stored", forward: "uri-miss" },
  ...{ method: "GET", authority: "www.example.com", target: "/a?token=s3cret&b=1", status: 200, bodyBytes: 9 },
  ...{ complete: true, clientAddress: "192.0.2.77", headMs: 3, totalMs: 5, httpVersion: "1.1" },
  trace: {
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentSpanId: "1112131415161718",
    sampled,
    flaggedSampled: sampled,
    state: "a=1",
  },
  ...more,
});

/** A collector that answers as it is told, 200 by default. */
function collector() {
  const clock = new VirtualClock();
  const requests: UpstreamRequest<ByteBody>[] = [];
  const answers: UpstreamResult<ByteBody>[] = [];
  const answer = (status: number, fields: [string, string][] = []): UpstreamResult<ByteBody> => ({
    kind: "response",
    head: { status, fields },
    body: undefined,
    closeDelimited: false,
  });
  const exporter = new OtlpExporter({
    to: { scheme: "http", host: "::1", port: 4318 },
    path: "/v1/traces",
    source: { node: "nyc", role: "edge", version: "1.2.3" },
    redaction: DEFAULT_REDACTION,
    clock,
    upstream: {
      fetch: async (request) => {
        requests.push(request);
        return answers.shift() ?? answer(200);
      },
    },
  });
  const counts = () => exporter.samples().map(({ value }) => value);
  /** Lets what is due happen, and what follows from it. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  return { exporter, requests, answers, answer, counts, pass };
}

const bodyOf = (request: UpstreamRequest<ByteBody> | undefined) => JSON.parse(`${request?.body}`);

test("a span says what the record says, and hides what a log line hides", async () => {
  const { exporter, requests, pass } = collector();
  exporter.add(record(true));
  await pass(5_000);
  const [request] = requests;
  expect(request).toMatchObject({ method: "POST", target: "/v1/traces", to: { host: "::1", port: 4318 } });
  expect(request?.fields).toContainEqual(["host", "[::1]:4318"]);
  const [{ resource, scopeSpans }] = bodyOf(request).resourceSpans;
  expect(resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "antipode-edge" } });
  const [span] = scopeSpans[0].spans;
  expect(span).toMatchObject({
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b7",
    parentSpanId: "1112131415161718",
    traceState: "a=1",
    kind: 2,
    name: "GET",
    startTimeUnixNano: "1767225600000000000",
    endTimeUnixNano: "1767225600005000000",
  });
  const attributes = Object.fromEntries(
    span.attributes.map(({ key, value }: { key: string; value: object }) => [key, Object.values(value)[0]]),
  );
  expect(attributes).toMatchObject({
    "url.path": "/a",
    "url.query": "token=[hidden]&b=1",
    "http.response.status_code": "200",
    "client.address": "192.0.2.0",
    "antipode.outcome": "stored",
  });
});

test("errors are marked", async () => {
  const { exporter, requests, pass } = collector();
  exporter.add(record(true, { status: 502 }));
  exporter.add(record(true, { complete: false }));
  exporter.add(record(true));
  await pass(5_000);
  const { spans } = bodyOf(requests[0]).resourceSpans[0].scopeSpans[0];
  expect(spans.map((span: { status?: unknown }) => span.status)).toEqual([{ code: 2 }, { code: 2 }, undefined]);
});

test("records that are not sampled are not sent", async () => {
  const { exporter, requests, pass } = collector();
  exporter.add(record(false));
  await pass(60_000);
  expect(requests).toEqual([]);
});

test("spans go in batches, a full one at once", async () => {
  const { exporter, requests, pass, counts } = collector();
  for (let index = 0; index < 600; index += 1) exporter.add(record(true));
  await pass(0);
  expect(requests).toHaveLength(1);
  await pass(5_000);
  expect(requests.map((request) => bodyOf(request).resourceSpans[0].scopeSpans[0].spans.length)).toEqual([512, 88]);
  expect(counts()).toEqual([600, 0]);
});

test("a collector that is busy is asked again, as late as it wishes", async () => {
  const { exporter, requests, answers, answer, counts, pass } = collector();
  answers.push(answer(503, [["retry-after", "7"]]), { kind: "failure", failure: "refused", detail: "" });
  exporter.add(record(true));
  await pass(5_000);
  await pass(6_999);
  expect(requests).toHaveLength(1);
  await pass(2_000);
  expect(requests).toHaveLength(2);
  await pass(5_000);
  expect(requests).toHaveLength(3);
  expect(counts()).toEqual([1, 0]);
});

test("what a collector refuses, or does not take in four attempts, is dropped and counted", async () => {
  const { exporter, requests, answers, answer, counts, pass } = collector();
  answers.push(answer(400));
  exporter.add(record(true));
  await pass(5_000);
  expect(counts()).toEqual([0, 1]);
  answers.push(answer(503), answer(503), answer(503), answer(503));
  exporter.add(record(true));
  for (let step = 0; step < 10; step += 1) await pass(45_000);
  expect(requests).toHaveLength(5);
  expect(counts()).toEqual([0, 2]);
});

test("a collector that never answers costs no more than the queue", async () => {
  const { exporter, counts, answers } = collector();
  answers.push(new Promise(() => {}) as never);
  for (let index = 0; index < 10_000; index += 1) exporter.add(record(true));
  expect(counts()).toEqual([0, 10_000 - 512 - 4_096]);
});

test("closing sends what waits", async () => {
  const { exporter, requests, counts } = collector();
  exporter.add(record(true));
  await exporter.close(1_000);
  expect(requests).toHaveLength(1);
  exporter.add(record(true));
  expect(counts()).toEqual([1, 1]);
});
