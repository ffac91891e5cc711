/** A trace played through the edge's real memory store, and what the best possible cache would have had. */
import type { EvictionPolicy } from "../../core/cache/admission/eviction.ts";
import type { StoredResponse } from "../../core/cache/stored.ts";
import { MemoryStore } from "../../runtime/memory/store.ts";
import type { Trace } from "./trace.ts";

/** How often the cache had what was asked for. Ratios from 0 to 1. */
export interface Replayed {
  readonly requests: number;
  readonly hits: number;
  readonly objectHitRatio: number;
  readonly byteHitRatio: number;
}

/** Plays all requests in turn: what is not found is stored. `size` is in the unit of the trace's sizes. */
export function replay(trace: Trace, size: number, policy: EvictionPolicy): Replayed {
  // Sizes are those of the trace alone, so that results can be compared with those of other caches.
  const costOf = ([stored]: readonly StoredResponse<number>[]): number => stored?.body.bytes ?? 0;
  const store = new MemoryStore<number>({ maxBytes: size, policy, costOf });
  let [hits, hitBytes, allBytes] = [0, 0, 0];
  for (let request = 0; request < trace.requests; request += 1) {
    const key = trace.keys[trace.keyOf(request)] ?? "";
    const bytes = trace.sizeOf(request);
    const [found] = store.find(key);
    if (found !== undefined) {
      hits += 1;
      hitBytes += bytes;
    }
    allBytes += bytes;
    if (found?.body.bytes !== bytes) store.put(key, responseOf(bytes));
  }
  return result(trace.requests, hits, allBytes === 0 ? 0 : hitBytes / allBytes);
}

function result(requests: number, hits: number, byteHitRatio: number): Replayed {
  const objectHitRatio = hits / Math.max(1, requests);
  return { requests, hits, objectHitRatio, byteHitRatio };
}

function responseOf(bytes: number): StoredResponse<number> {
  return {
    id: "",
    head: { status: 200, fields: [] },
    body: { bytes, open: () => bytes },
    varyOn: [],
    freshness: {
      lifetimeSeconds: 1,
      source: "max-age",
      initialAgeSeconds: 0,
      staleWhileRevalidateSeconds: 0,
      staleIfErrorSeconds: 0,
      neverStale: false,
      alwaysRevalidate: false,
    },
    requestAtMs: 0,
    responseAtMs: 0,
  };
}

/** What Belady's clairvoyant cache has of a trace whose objects are all of one size: no cache can have more. */
export function belady(trace: Trace, entries: number): Replayed {
  const nextOf = nextRequests(trace);
  const held = new Map<number, number>();
  const farthest = new MaxHeap();
  let hits = 0;
  for (let request = 0; request < trace.requests; request += 1) {
    const key = trace.keyOf(request);
    const next = nextOf[request] ?? trace.requests;
    if (held.has(key)) hits += 1;
    held.set(key, next);
    farthest.push(next, key);
    while (held.size > entries) {
      const top = farthest.pop();
      if (held.get(top.key) === top.next) held.delete(top.key);
    }
  }
  const all = result(trace.requests, hits, 0);
  return { ...all, byteHitRatio: all.objectHitRatio };
}

/** The number of the next request for the same key, of each request. */
function nextRequests(trace: Trace): Uint32Array {
  const nextOf = new Uint32Array(trace.requests);
  const seen = new Uint32Array(trace.keys.length).fill(trace.requests);
  for (let request = trace.requests - 1; request >= 0; request -= 1) {
    const key = trace.keyOf(request);
    nextOf[request] = seen[key] ?? trace.requests;
    seen[key] = request;
  }
  return nextOf;
}

interface Due {
  readonly next: number;
  readonly key: number;
}

class MaxHeap {
  readonly #heap: Due[] = [];

  push(next: number, key: number): void {
    const heap = this.#heap;
    let at = heap.length;
    const pushed = { next, key };
    heap.push(pushed);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.next >= next) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = pushed;
  }

  pop(): Due {
    const heap = this.#heap;
    const [top] = heap;
    const last = heap.pop();
    if (top === undefined || last === undefined) throw new Error("nothing is held");
    if (heap.length > 0) this.#sink(last);
    return top;
  }

  #sink(sunk: Due): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const larger = right !== undefined && left !== undefined && right.next > left.next ? right : left;
      if (larger === undefined || larger.next <= sunk.next) break;
      heap[at] = larger;
      at = 2 * at + (larger === right ? 2 : 1);
    }
    heap[at] = sunk;
  }
}
