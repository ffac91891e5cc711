/** Measures the load of this process ten times a second. */
import type { Shedder } from "../../core/overload/shedder.ts";
import { LiveMemory, watchCollections } from "./live-memory.ts";

const EVERY_MS = 100;
/** One late timer is chance; the mean of the last few is lag. */
const SMOOTHING = 0.3;

/** What an edge tells of itself. */
export interface LoadSources {
  /** Bytes that wait for clients to take them. */
  inFlightBytes(): number;
  /** Bytes that the store takes: they are not pressure, however many. */
  storeBytes(): number;
}

/** What an entry takes beyond what the store counts for it. */
const STORE_OVERHEAD = 1.15;

/** Tells the shedder each measurement; returns how to stop. It does not keep the process alive. */
export function monitorLoad(shedder: Shedder, sources: LoadSources): () => void {
  const memory = new LiveMemory();
  const stopWatching = watchCollections(memory);
  let dueMs = performance.now() + EVERY_MS;
  let lagMs = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lagMs += (Math.max(0, nowMs - dueMs) - lagMs) * SMOOTHING;
    dueMs = nowMs + EVERY_MS;
    const storeBytes = sources.storeBytes() * STORE_OVERHEAD;
    const memoryBytes = Math.max(0, memory.bytes(storeBytes + shedder.memoryCalmBytes) - storeBytes);
    shedder.observe({ lagMs, inFlightBytes: sources.inFlightBytes(), memoryBytes });
  }, EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    stopWatching();
  };
}
