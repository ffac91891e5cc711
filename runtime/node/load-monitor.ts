/** Measures the load of this process ten times a second. */
import type { Load } from "../../core/overload/shedder.ts";

const EVERY_MS = 100;
/** One late timer is chance; the mean of the last few is lag. */
const SMOOTHING = 0.3;

/** Calls `observe` with each measurement; returns how to stop. It does not keep the process alive. */
export function monitorLoad(observe: (load: Load) => void, inFlightBytes: () => number): () => void {
  let dueMs = performance.now() + EVERY_MS;
  let lagMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lagMs += (Math.max(0, nowMs - dueMs) - lagMs) * SMOOTHING;
    dueMs = nowMs + EVERY_MS;
    observe({ lagMs, inFlightBytes: inFlightBytes(), residentBytes: process.memoryUsage.rss() });
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
