/** Checks that header, log line, metric and span of one request say the same word, each read by its own reader. */
import { parseList } from "structured-headers";
import { expect } from "vitest";
import { logLine } from "../../core/log/log-line.ts";
import { DEFAULT_REDACTION } from "../../core/log/redact.ts";
import { metricsText } from "../../core/metrics/metrics-text.ts";
import { RequestMetrics } from "../../core/metrics/request-metrics.ts";
import type { RequestRecord } from "../../core/record.ts";
import { otlpBody } from "../../core/trace/otlp.ts";

/** The outcome as the newest member of a Cache-Status tells it; undefined when there is no such field. */
export function outcomeInHeader(cacheStatus: string | undefined): string | undefined {
  if (cacheStatus === undefined) return undefined;
  const newest = parseList(cacheStatus).at(-1);
  return String(newest?.[1].get("detail"));
}

/** The outcome of a record as a log reader, a Prometheus and a trace collector see it; they must agree. */
export function outcomeToldOf(record: RequestRecord): string {
  const inLog = JSON.parse(logLine("json", DEFAULT_REDACTION)(record)).outcome;
  const metrics = new RequestMetrics();
  metrics.add(record);
  const counted = [
    ...metricsText("n", metrics.samples()).matchAll(/^antipode_requests_total\{.*outcome="([^"]+)"\} 1$/gm),
  ];
  expect(counted).toHaveLength(1);
  expect(counted[0]?.[1]).toBe(inLog);
  const ids = { traceId: "1".repeat(32), spanId: "2".repeat(16) };
  const trace = { ...ids, parentSpanId: undefined, sampled: true, flaggedSampled: true, state: undefined };
  const span = otlpBody([{ ...record, trace }], { node: "n", role: "edge", version: "1" }, DEFAULT_REDACTION);
  expect(span).toContain(`{"key":"antipode.outcome","value":{"stringValue":"${inLog}"}}`);
  return inLog;
}
