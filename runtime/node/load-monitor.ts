/** Measures the load of this process ten times a second. */
import type { Shedder } from "../../core/overload/shedder.ts";

const EVERY_MS = 100;
/** One late timer is chance; the mean of the last few is lag. */
const SMOOTHING = 0.3;

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Tells the shedder each measurement; returns how to stop. It does not keep the process alive. */
export function monitorLoad(shedder: Shedder, inFlightBytes: () => number): () => void {
  let dueMs = performance.now() + EVERY_MS;
  let lagMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lagMs += (Math.max(0, nowMs - dueMs) - lagMs) * SMOOTHING;
    dueMs = nowMs + EVERY_MS;
    shedder.observe({ lagMs, inFlightBytes: inFlightBytes(), memoryBytes: memoryInUse() });
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
