/** How much a process has to do: for heartbeats. */
import { availableParallelism } from "node:os";
import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** What was measured since the last time. */
export interface MeasuredLoad extends Readonly<Record<string, number>> {
  /** Share of one core. */
  readonly processor: number;
  /**
   * Share of what the process can take that is used: the highest of its main thread's time, all its threads' share of the
   * machine, and what else was named. 1: it is full.
   */
  readonly used: number;
  readonly requestsPerSecond: number;
  readonly memoryBytes: number;
}

/** Measures between two calls of `measure`. */
export class ProcessLoad {
  #requests = 0;
  #sinceMs = performance.now();
  #processor = process.cpuUsage();
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #alsoFrom: () => number = () => 0;

  /** One more request was answered. */
  count(): void {
    this.#requests += 1;
  }

  /** What else limits this process, as a share that is used. */
  alsoFrom(used: () => number): void {
    this.#alsoFrom = used;
  }

  /** Since the last call, and the memory that the process has now. */
  measure(): MeasuredLoad {
    const nowMs = performance.now();
    const seconds = Math.max(0.001, (nowMs - this.#sinceMs) / 1000);
    const { user, system } = process.cpuUsage(this.#processor);
    const loop = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(loop, this.#loop);
    const processor = (user + system) / 1e6 / seconds;
    const measured = {
      processor: rounded(processor),
      used: rounded(Math.max(utilization, processor / availableParallelism(), this.#alsoFrom())),
      requestsPerSecond: rounded(this.#requests / seconds),
      memoryBytes: process.memoryUsage.rss(),
    };
    this.#requests = 0;
    this.#sinceMs = nowMs;
    this.#processor = process.cpuUsage();
    this.#loop = loop;
    return measured;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
