/** How much a process has to do: for heartbeats. */

/** Measures between two calls of `measure`. */
export class ProcessLoad {
  #requests = 0;
  #sinceMs = performance.now();
  #processor = process.cpuUsage();

  /** One more request was answered. */
  count(): void {
    this.#requests += 1;
  }

  /** Since the last call: the share of one core, requests a second; and the memory that the process has now. */
  measure(): { readonly processor: number; readonly requestsPerSecond: number; readonly memoryBytes: number } {
    const nowMs = performance.now();
    const seconds = Math.max(0.001, (nowMs - this.#sinceMs) / 1000);
    const { user, system } = process.cpuUsage(this.#processor);
    const measured = {
      processor: rounded((user + system) / 1e6 / seconds),
      requestsPerSecond: rounded(this.#requests / seconds),
      memoryBytes: process.memoryUsage.rss(),
    };
    this.#requests = 0;
    this.#sinceMs = nowMs;
    this.#processor = process.cpuUsage();
    return measured;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
