/**
 * Receipts: which edge has applied a purge, and after how long. They stand on the positions that edges report: an edge
 * reports one once all purges up to it count for what it serves, and are on its disk.
 */
import { comparePositions, type Position, parsePosition, positionText } from "../core/ledger/position.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import type { FleetState, NodeView } from "./fleet-state.ts";

/** Purges whose times are remembered. Of older ones it is known who has applied them, and not when. */
const REMEMBERED_MAX = 10_000;

/** How one edge stands to a purge. */
export interface EdgeReceipt {
  readonly id: string;
  /** `fenced`: control does not hear of it, and every router has said that it sends it no new users. */
  readonly status: "applied" | "pending" | "fenced" | "unreachable";
  /** From the purge to its being applied, as far as that is known. */
  readonly ms?: number;
}

/** What became of a purge. */
export interface Receipt {
  readonly position: string;
  /** Milliseconds since the Unix epoch. */
  readonly atMs?: number;
  readonly edges: readonly EdgeReceipt[];
  /** Edges that have been away for so long that nobody waits for them. They take the whole state before they serve. */
  readonly absent?: readonly string[];
}

interface Remembered {
  readonly position: Position;
  readonly atMs: number;
  readonly appliedMs: Map<string, number>;
}

/** The receipts of one control. */
export class Receipts {
  readonly #fleet: FleetState;
  readonly #absentAfterMs: number;
  readonly #startedAtMs: number;
  readonly #purges: Remembered[] = [];
  readonly #byPosition = new Map<string, Remembered>();
  readonly #last = new Map<string, { readonly reported: Position; readonly atMs: number }>();
  /** For each edge the first purge that it has not applied, counted from the first there ever was. */
  readonly #next = new Map<string, number>();
  #forgotten = 0;
  readonly #waiting = new Set<() => void>();

  constructor(fleet: FleetState, { absentAfterMs, nowMs }: { readonly absentAfterMs: number; readonly nowMs: number }) {
    this.#fleet = fleet;
    this.#absentAfterMs = absentAfterMs;
    this.#startedAtMs = nowMs;
  }

  /** A purge was written. In the order of the ledger. */
  purged(position: Position, atMs: number): void {
    const one = { position, atMs, appliedMs: new Map<string, number>() };
    this.#purges.push(one);
    this.#byPosition.set(positionText(position), one);
    // An edge can be quicker than the one who wrote it.
    for (const [edge, last] of this.#last)
      if (comparePositions(last.reported, position) >= 0) one.appliedMs.set(edge, Math.max(0, last.atMs - atMs));
    if (this.#purges.length <= 2 * REMEMBERED_MAX) return;
    for (const old of this.#purges.splice(0, REMEMBERED_MAX)) this.#byPosition.delete(positionText(old.position));
    this.#forgotten += REMEMBERED_MAX;
  }

  /** An edge has reported its position. Acknowledgements are cumulative. */
  heard(edge: string, reported: Position, nowMs: number): void {
    let next = Math.max(0, (this.#next.get(edge) ?? 0) - this.#forgotten);
    for (;;) {
      const purge = this.#purges[next];
      if (purge === undefined || comparePositions(purge.position, reported) > 0) break;
      if (!purge.appliedMs.has(edge)) purge.appliedMs.set(edge, Math.max(0, nowMs - purge.atMs));
      next += 1;
    }
    this.#next.set(edge, next + this.#forgotten);
    this.#last.set(edge, { reported, atMs: nowMs });
    for (const wake of this.#waiting) wake();
  }

  /** Calls `wake` whenever an edge has reported something, until the returned function is called. */
  onHeard(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  }

  /** The receipt of the purge at a position, as far as it is known now. */
  of(position: Position, snapshot: Snapshot, nowMs: number): Receipt {
    const text = positionText(position);
    const known = this.#byPosition.get(text);
    const nodes = this.#fleet.view(snapshot, nowMs);
    const edges: EdgeReceipt[] = [];
    const absent: string[] = [];
    for (const node of nodes) {
      if (node.role !== "edge") continue;
      const one = this.#ofEdge(node, nodes, position, known);
      const silentSinceMs = Math.max(node.heardAtMs ?? 0, this.#startedAtMs);
      if (one.status !== "applied" && nowMs - silentSinceMs > this.#absentAfterMs) absent.push(node.id);
      else edges.push(one);
    }
    return { position: text, ...(known && { atMs: known.atMs }), edges, ...(absent.length > 0 && { absent }) };
  }

  #ofEdge(
    { id, state, position: reported = "" }: NodeView,
    nodes: readonly NodeView[],
    position: Position,
    known: Remembered | undefined,
  ): EdgeReceipt {
    const at = parsePosition(reported);
    const ms = known?.appliedMs.get(id);
    if (at !== undefined && comparePositions(at, position) >= 0)
      return { id, status: "applied", ...(ms !== undefined && { ms }) };
    if (state !== "silent" && state !== "unknown") return { id, status: "pending" };
    return { id, status: isFenced(id, nodes) ? "fenced" : "unreachable" };
  }
}

/** Whether each router there is has said lately that it sends an edge no new users. A router that is silent says nothing. */
function isFenced(edge: string, nodes: readonly NodeView[]): boolean {
  const routers = nodes.filter(({ role }) => role === "router");
  const agree = ({ state, fences }: NodeView): boolean =>
    state !== "silent" && state !== "unknown" && fences.includes(edge);
  return routers.length > 0 && routers.every(agree);
}
