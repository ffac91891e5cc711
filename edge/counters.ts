/** Counts of what happened at an edge, from its records: the source of status.json and of the metrics. */
import type { Outcome } from "../core/cache/outcome.ts";
import type { Sample } from "../core/metrics/metrics-text.ts";
import { isCacheAnswer } from "../core/metrics/outcome-result.ts";
import { RequestMetrics } from "../core/metrics/request-metrics.ts";
import type { RequestRecord } from "../core/record.ts";

/** Totals since the start. The routers' probes are no users: they are in the metrics, under their outcome, not here. */
export interface CountersSnapshot {
  readonly requests: number;
  readonly hits: number;
  readonly bodyBytes: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

/** Adds records up. Its size is that of the closed lists and of the sites. */
export class Counters {
  readonly #metrics = new RequestMetrics();
  #probeBytes = 0;

  add(record: RequestRecord): void {
    this.#metrics.add(record);
    if (record.outcome === "reserved-path") this.#probeBytes += record.bodyBytes;
  }

  snapshot(): CountersSnapshot {
    const outcomes: Partial<Record<Outcome, number>> = {};
    let requests = 0;
    let hits = 0;
    for (const counted of this.#metrics.outcomes()) {
      const { outcome } = counted;
      if (outcome === "reserved-path") continue;
      requests += counted.requests;
      if (isCacheAnswer(outcome)) hits += counted.requests;
      outcomes[outcome] = (outcomes[outcome] ?? 0) + counted.requests;
    }
    return { requests, hits, bodyBytes: this.#metrics.bodyBytes() - this.#probeBytes, outcomes };
  }

  samples(): Sample[] {
    return this.#metrics.samples();
  }
}
