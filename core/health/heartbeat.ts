/** What an edge says of itself every second: its load, its position in the ledger, whether it drains. */
import { comparePositions, laterPosition, type Position } from "../ledger/position.ts";

/** One heartbeat. */
export interface Heartbeat {
  /** Share of what it can take that is used: the highest of processor, connections and bandwidth. */
  readonly load: number;
  /** What it has applied. Undefined: it follows no ledger. */
  readonly position?: Position | undefined;
  readonly isDraining?: boolean;
}

/** What is remembered of an edge's heartbeats. */
export interface Pulse {
  readonly heardAtMs: number;
  /** Smoothed. */
  readonly load: number;
  readonly position: Position | undefined;
  readonly isDraining: boolean;
}

/** The pulse after one more heartbeat. A load that makes no sense counts as none. */
export function takePulse(before: Pulse | undefined, beat: Heartbeat, nowMs: number, smoothingMs: number): Pulse {
  const load = Number.isFinite(beat.load) ? Math.max(0, beat.load) : 0;
  const weight = before === undefined ? 1 : 1 - Math.exp(-Math.max(0, nowMs - before.heardAtMs) / smoothingMs);
  return {
    heardAtMs: nowMs,
    load: (before?.load ?? 0) + weight * (load - (before?.load ?? 0)),
    position: beat.position,
    isDraining: beat.isDraining ?? false,
  };
}

/** Heads of the ledger that were proved to us: the newest, and the one that every edge should have by now. */
export interface ProvedHead {
  readonly newest: Position | undefined;
  readonly newestAtMs: number;
  readonly due: Position | undefined;
}

/** Nothing proved. */
export const NO_HEAD: ProvedHead = { newest: undefined, newestAtMs: 0, due: undefined };

/** Takes a head. What was the newest for the grace time is due, so a head is due after one to two of them. */
export function proveHead(known: ProvedHead, head: Position | undefined, nowMs: number, graceMs: number): ProvedHead {
  const isDue = nowMs - known.newestAtMs >= graceMs;
  if (!isDue && known.newest !== undefined) return known;
  return { newest: laterPosition(known.newest, head), newestAtMs: nowMs, due: known.newest };
}

/** Whether an edge lacks what is due. An edge that says nothing of its position is not behind (it is unconfirmed). */
export function isBehind(pulse: Pulse | undefined, { due }: ProvedHead): boolean {
  return due !== undefined && pulse?.position !== undefined && comparePositions(pulse.position, due) < 0;
}
