/**
 * Memory that is really in use. What the heap holds includes garbage, and V8 lets it lie for long when little is allocated:
 * whoever turned work away for it would never come out of that. So what counts is what the last whole collection left, and
 * one is asked for before too much is believed.
 */
import { constants, PerformanceObserver } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Not more often is garbage collected on purpose: it stops the process for a moment. */
const COLLECT_EVERY_MS = 5_000;

/** Heap and buffers in use, garbage included. */
function memoryHeld(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** How memory is looked at; tests have their own. */
export interface MemorySources {
  /** Bytes in use, garbage included. */
  held(): number;
  /** Collects all garbage, at once. */
  collect(): void;
  nowMs(): number;
}

const SOURCES: MemorySources = {
  held: memoryHeld,
  collect: collector(),
  nowMs: () => performance.now(),
};

/** Follows the collections of this process. */
export class LiveMemory {
  readonly #sources: MemorySources;
  #leftByLast = Number.POSITIVE_INFINITY;
  #collectedAtMs = Number.NEGATIVE_INFINITY;

  constructor(sources: MemorySources = SOURCES) {
    this.#sources = sources;
  }

  /** Bytes in use; below `enoughBytes` garbage may be among them. */
  bytes(enoughBytes: number): number {
    const held = this.#sources.held();
    if (held <= enoughBytes) return held;
    // Less was left by the last collection: what has come since is garbage, or V8 will soon find out that it is not.
    if (this.#leftByLast <= enoughBytes) return this.#leftByLast;
    if (this.#sources.nowMs() - this.#collectedAtMs >= COLLECT_EVERY_MS) {
      this.#sources.collect();
      this.collected();
    }
    return Math.min(held, this.#leftByLast);
  }

  /** A whole collection is over. */
  collected(): void {
    this.#leftByLast = this.#sources.held();
    this.#collectedAtMs = this.#sources.nowMs();
  }
}

/** Tells of each whole collection, also those that V8 makes by itself; returns how to stop. */
export function watchCollections(memory: LiveMemory): () => void {
  const observer = new PerformanceObserver((list) => {
    if (list.getEntries().some(isMajor)) memory.collected();
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}

function isMajor(entry: object): boolean {
  if (!("detail" in entry) || typeof entry.detail !== "object" || entry.detail === null) return false;
  return "kind" in entry.detail && entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
}

/** V8 gives its collector to contexts that are made while this flag is set. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  return () => {
    if (typeof collect === "function") collect();
  };
}
