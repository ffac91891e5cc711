/** What a process knows of itself: how late its timers fire, its processor time, its memory. */
import { Histogram } from "../../core/metrics/histogram.ts";
import { METRICS } from "../../core/metrics/metric-table.ts";
import { type Sample, sample } from "../../core/metrics/metrics-text.ts";

/** How often the lag is measured. Rare enough to cost nothing, often enough to see a stall. */
const LAG_EVERY_MS = 100;

/** Measures from the moment it is made until it is stopped. */
export class ProcessMetrics {
  readonly #lag = new Histogram(METRICS.antipode_event_loop_lag_seconds.buckets ?? []);
  readonly #timer: NodeJS.Timeout;
  #dueMs = performance.now() + LAG_EVERY_MS;

  constructor() {
    this.#timer = setInterval(() => this.#measure(), LAG_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  samples(): Sample[] {
    const { user, system } = process.cpuUsage();
    return [
      sample("antipode_event_loop_lag_seconds", this.#lag.counts()),
      sample("process_start_time_seconds", Math.round(performance.timeOrigin) / 1_000),
      sample("process_cpu_seconds_total", (user + system) / 1_000_000),
      sample("process_resident_memory_bytes", process.memoryUsage.rss()),
    ];
  }

  #measure(): void {
    const nowMs = performance.now();
    this.#lag.observe(Math.max(0, nowMs - this.#dueMs) / 1_000);
    this.#dueMs = nowMs + LAG_EVERY_MS;
  }
}
