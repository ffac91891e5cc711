/** Counts of what happened at an edge, from its records: the source of status.json and of the metrics. */
import type { Outcome } from "../core/cache/outcome.ts";
import type { RequestRecord } from "../core/record.ts";

/** Totals since the start. */
export interface CountersSnapshot {
  readonly requests: number;
  readonly hits: number;
  readonly bodyBytes: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** Outcomes that were answered without waiting for the origin. */
const HITS: ReadonlySet<Outcome> = new Set([
  "hit",
  "hit-not-modified",
  "hit-range",
  "hit-range-unsatisfiable",
  "stale-while-revalidate",
  "stale-allowed",
]);

/** Adds records up. Its size is that of the closed list of outcomes. */
export class Counters {
  #requests = 0;
  #hits = 0;
  #bodyBytes = 0;
  readonly #outcomes = new Map<Outcome, number>();

  add(record: RequestRecord): void {
    // The routers' probes are no users.
    if (record.outcome === "reserved-path") return;
    this.#requests += 1;
    this.#bodyBytes += record.bodyBytes;
    if (HITS.has(record.outcome)) this.#hits += 1;
    this.#outcomes.set(record.outcome, (this.#outcomes.get(record.outcome) ?? 0) + 1);
  }

  snapshot(): CountersSnapshot {
    return {
      requests: this.#requests,
      hits: this.#hits,
      bodyBytes: this.#bodyBytes,
      outcomes: Object.fromEntries(this.#outcomes),
    };
  }

  /** The Prometheus text of these counters. */
  metrics(node: string): string {
    const label = node.replaceAll(/[\\"\n]/g, "_");
    const lines = [
      "# HELP antipode_requests_total Requests by outcome.",
      "# TYPE antipode_requests_total counter",
      ...[...this.#outcomes].map(
        ([outcome, count]) => `antipode_requests_total{node="${label}",outcome="${outcome}"} ${count}`,
      ),
      "# HELP antipode_body_bytes_total Body bytes sent to clients.",
      "# TYPE antipode_body_bytes_total counter",
      `antipode_body_bytes_total{node="${label}"} ${this.#bodyBytes}`,
    ];
    return `${lines.join("\n")}\n`;
  }
}
