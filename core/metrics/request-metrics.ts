/** Adds records up. Its size is bounded by the closed lists and by the number of sites, whatever is asked for. */
import type { Outcome } from "../cache/outcome.ts";
import type { RequestRecord } from "../record.ts";
import { Histogram } from "./histogram.ts";
import { METRICS, type MetricName } from "./metric-table.ts";
import { type Sample, sample } from "./metrics-text.ts";
import { type OutcomeResult, RESULT_OF } from "./outcome-result.ts";
import { methodLabel, refusalLabel, statusLabel } from "./request-labels.ts";

/** Sites with a label of their own; further ones share one. */
const SITES_MAX = 1_000;

interface ResultSeries {
  readonly result: OutcomeResult;
  readonly duration: Histogram;
  readonly head: Histogram;
  readonly size: Histogram;
  incomplete: number;
}

interface OutcomeSeries {
  readonly ofResult: ResultSeries;
  requests: number;
}

interface SiteSeries {
  readonly outcomes: Map<Outcome, OutcomeSeries>;
  bodyBytes: number;
}

/** Records are added up so many at a time, when the processor has at hand what adding needs; readers see them all. */
const BATCH_RECORDS = 64;

/** Counts of what happened at one node. */
export class RequestMetrics {
  #batch: RequestRecord[] = [];
  readonly #sites = new Map<string, SiteSeries>();
  readonly #results = new Map<OutcomeResult, ResultSeries>();
  readonly #responses = new Map<string, Map<number, number>>();
  readonly #refusals = new Map<string, number>();
  readonly #upstreamHead = millisecondsHistogram("antipode_upstream_head_seconds");

  add(record: RequestRecord): void {
    this.#batch.push(record);
    if (this.#batch.length >= BATCH_RECORDS) this.#addUp();
  }

  /** The site and outcome of the record before: many in a row have the same. */
  #lastSite: string | undefined;
  #lastOutcome: Outcome | undefined;
  #last: { readonly site: SiteSeries; readonly outcome: OutcomeSeries } | undefined;

  #seriesOf({ site: name = "none", outcome: word }: RequestRecord): { site: SiteSeries; outcome: OutcomeSeries } {
    if (this.#last !== undefined && name === this.#lastSite && word === this.#lastOutcome) return this.#last;
    const site = this.#sites.get(name) ?? this.#newSite(name);
    const outcome = site.outcomes.get(word) ?? this.#newOutcome(site, word);
    this.#lastSite = name;
    this.#lastOutcome = word;
    this.#last = { site, outcome };
    return this.#last;
  }

  #addUp(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const record of batch) this.#count(record);
  }

  #count(record: RequestRecord): void {
    const { site, outcome } = this.#seriesOf(record);
    const { ofResult } = outcome;
    outcome.requests += 1;
    site.bodyBytes += record.bodyBytes;
    ofResult.duration.observe(record.totalMs);
    ofResult.head.observe(record.headMs);
    ofResult.size.observe(record.bodyBytes);
    if (!record.complete) ofResult.incomplete += 1;
    if (ofResult.result === "refused" && record.reason !== undefined) this.#countRefusal(record.reason);
    if (record.upstreamHeadMs !== undefined) this.#upstreamHead.observe(record.upstreamHeadMs);
    this.#countResponse(methodLabel(record.method), record.status);
  }

  /** All counts, by site and outcome. */
  outcomes(): readonly { readonly site: string; readonly outcome: Outcome; readonly requests: number }[] {
    this.#addUp();
    return [...this.#sites].flatMap(([site, { outcomes }]) =>
      [...outcomes].map(([outcome, { requests }]) => ({ site, outcome, requests })),
    );
  }

  /** Body bytes sent, of all sites. */
  bodyBytes(): number {
    this.#addUp();
    let bytes = 0;
    for (const site of this.#sites.values()) bytes += site.bodyBytes;
    return bytes;
  }

  samples(): Sample[] {
    this.#addUp();
    const sites = [...this.#sites];
    const results = [...this.#results.values()];
    const of = (metric: MetricName, labels: Sample["labels"], value: Sample["value"]): Sample => ({
      metric,
      labels,
      value,
    });
    return [
      ...this.outcomes().map(({ site, outcome, requests }) =>
        of("antipode_requests_total", { site, outcome }, requests),
      ),
      ...this.#responseSamples(),
      ...[...this.#refusals].map(([reason, count]) => of("antipode_refused_requests_total", { reason }, count)),
      ...results.map(({ result, incomplete }) => of("antipode_incomplete_responses_total", { result }, incomplete)),
      ...sites.map(([site, { bodyBytes }]) => of("antipode_response_body_bytes_total", { site }, bodyBytes)),
      ...results.flatMap(({ result, duration, head, size }) => [
        of("antipode_request_duration_seconds", { result }, inSeconds(duration)),
        of("antipode_response_head_seconds", { result }, inSeconds(head)),
        of("antipode_response_size_bytes", { result }, size.counts()),
      ]),
      sample("antipode_upstream_head_seconds", inSeconds(this.#upstreamHead)),
    ];
  }

  #newSite(name: string): SiteSeries {
    const label = this.#sites.size < SITES_MAX ? name : "other";
    const known = this.#sites.get(label);
    if (known !== undefined) return known;
    const made: SiteSeries = { outcomes: new Map(), bodyBytes: 0 };
    this.#sites.set(label, made);
    return made;
  }

  #newOutcome(site: SiteSeries, outcome: Outcome): OutcomeSeries {
    const made = { ofResult: this.#resultSeries(RESULT_OF[outcome]), requests: 0 };
    site.outcomes.set(outcome, made);
    return made;
  }

  #resultSeries(result: OutcomeResult): ResultSeries {
    const known = this.#results.get(result);
    if (known !== undefined) return known;
    const made: ResultSeries = {
      result,
      duration: millisecondsHistogram("antipode_request_duration_seconds"),
      head: millisecondsHistogram("antipode_response_head_seconds"),
      size: new Histogram(bucketsOf("antipode_response_size_bytes")),
      incomplete: 0,
    };
    this.#results.set(result, made);
    return made;
  }

  #countRefusal(reason: string): void {
    const label = refusalLabel(reason);
    this.#refusals.set(label, (this.#refusals.get(label) ?? 0) + 1);
  }

  /** Under the status itself: its label is found when the page is made, not for each request. */
  #countResponse(method: string, status: number): void {
    let statuses = this.#responses.get(method);
    if (statuses === undefined) {
      statuses = new Map();
      this.#responses.set(method, statuses);
    }
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }

  #responseSamples(): Sample[] {
    return [...this.#responses].flatMap(([method, statuses]) => {
      const byLabel = new Map<string, number>();
      for (const [status, count] of statuses) {
        byLabel.set(statusLabel(status), (byLabel.get(statusLabel(status)) ?? 0) + count);
      }
      return [...byLabel].map(
        ([status, value]): Sample => ({ metric: "antipode_responses_total", labels: { method, status }, value }),
      );
    });
  }
}

function bucketsOf(metric: MetricName): readonly number[] {
  return METRICS[metric].buckets ?? [];
}

/** Records are in whole milliseconds: so are the bounds, and adding up loses nothing. */
function millisecondsHistogram(metric: MetricName): Histogram {
  return new Histogram(bucketsOf(metric).map((seconds) => seconds * 1_000));
}

function inSeconds(histogram: Histogram): ReturnType<Histogram["counts"]> {
  const { bounds, counts, sum } = histogram.counts();
  return { bounds: bounds.map((bound) => bound / 1_000), counts, sum: sum / 1_000 };
}
