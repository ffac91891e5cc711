/** Makes one line of the two records that a request leaves: the router's and that of the edge which answered. */
import type { Outcome } from "../../core/cache/outcome.ts";
import type { RequestRecord } from "../../core/record.ts";

/** What is shown of a request. */
export interface RequestLine {
  readonly atMs: number;
  /** The edge that answered, or `router` when none did. */
  readonly node: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly outcome: Outcome;
  /** As long as the client waited for the last byte. */
  readonly totalMs: number;
  readonly clientAddress: string;
}

/** How long one record waits for the other. */
export const PAIR_WAIT_MS = 400;
/** How long a shown edge record is remembered, so that a slow client's router record does not show it again. */
const SHOWN_KEPT_MS = 60_000;
const WAITING_MAX = 2_000;
const SHOWN_MAX = 2_000;

interface Waiting {
  readonly record: RequestRecord;
  readonly key: string;
  readonly sinceMs: number;
}

/** Pairs records. Everything it keeps is bounded; what does not find its pair is shown alone. */
export class RequestLines {
  #waiting: Waiting[] = [];
  #shown: { readonly key: string; readonly atMs: number }[] = [];

  /** Takes a record; gives the lines that are complete now. */
  add(record: RequestRecord, nowMs: number): RequestLine[] {
    if (record.outcome === "reserved-path") return [];
    if (record.role === "router" && record.edge === undefined) return [alone(record)];
    const key = keyOf(record);
    const index = this.#waiting.findIndex((other) => other.key === key && other.record.role !== record.role);
    const [pair] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (pair !== undefined)
      return [record.role === "router" ? merged(record, pair.record) : merged(pair.record, record)];
    if (record.role === "router" && this.#wasShown(key)) return [];
    this.#waiting.push({ record, key, sinceMs: nowMs });
    return this.#waiting.length > WAITING_MAX ? this.#release(1, nowMs) : [];
  }

  /** The records that have waited long enough. */
  release(nowMs: number): RequestLine[] {
    const fresh = this.#waiting.findIndex((waiting) => nowMs - waiting.sinceMs < PAIR_WAIT_MS);
    this.#shown = this.#shown.filter((shown) => nowMs - shown.atMs < SHOWN_KEPT_MS);
    return this.#release(fresh === -1 ? this.#waiting.length : fresh, nowMs);
  }

  #release(count: number, nowMs: number): RequestLine[] {
    const released = this.#waiting.splice(0, count);
    for (const { record, key } of released) {
      if (record.role === "edge") this.#shown.push({ key, atMs: nowMs });
    }
    this.#shown = this.#shown.slice(-SHOWN_MAX);
    return released.map(({ record }) => alone(record));
  }

  #wasShown(key: string): boolean {
    const index = this.#shown.findIndex((shown) => shown.key === key);
    if (index === -1) return false;
    this.#shown.splice(index, 1);
    return true;
  }
}

function keyOf(record: RequestRecord): string {
  const edge = record.role === "edge" ? record.node : (record.edge ?? "");
  return `${edge} ${record.method} ${record.target}`;
}

/** What happened is the edge's to say, how long it took the router's, who stands nearer to the client. */
function merged(router: RequestRecord, edge: RequestRecord): RequestLine {
  return {
    ...alone(edge),
    atMs: router.atMs,
    status: router.status,
    totalMs: router.totalMs,
    clientAddress: router.clientAddress,
  };
}

function alone(record: RequestRecord): RequestLine {
  const { atMs, method, target, status, outcome, totalMs, clientAddress } = record;
  const node = record.role === "router" ? (record.edge ?? "router") : record.node;
  return { atMs, node, method, target, status, outcome, totalMs, clientAddress };
}

/** Reads one line of a child's standard output; undefined when it is something else. */
export function parseRecord(line: string): RequestRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    // Our own processes wrote it: the shape is looked at only as far as it tells a record from other JSON.
    return typeof value === "object" && value !== null && "outcome" in value && "totalMs" in value && "target" in value
      ? ({ atMs: "time" in value ? Date.parse(String(value.time)) : 0, ...value } as RequestRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
