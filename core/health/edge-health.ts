/**
 * The health of one edge as one observer sees it. Its own probes make it *suspect*; *down* takes proof (connections
 * refused) or agreement (other observers, or heartbeats that stopped as well). Coming back is slow after a fall, slower
 * after many, and costs nothing after a short suspicion.
 */
import { type Health, observe, type ProbeResult, unknownHealth } from "./health.ts";
import type { EdgeHealthRules } from "./health-rules.ts";

/** What proved that an edge is down. */
export type DownReason = "refused" | "observers" | "silent";

/** Everything remembered of an edge's states. */
export interface EdgeHealth extends Health {
  readonly knownSinceMs: number;
  readonly wasUp: boolean;
  /** Falls in a row, each within the flap window of the one before; and when the last one was. */
  readonly falls: number;
  readonly fellAtMs: number;
  /** Not up again before this. */
  readonly heldUntilMs: number;
  /** When its slow start began; undefined: it has its full share. */
  readonly warmingSinceMs: number | undefined;
  readonly warmingForMs: number;
  readonly downBecause: DownReason | undefined;
  /** We were blind during this suspicion: it may say nothing about the edge. */
  readonly isDoubted: boolean;
}

/** What speaks for and against an edge besides our own probes. */
export interface Evidence {
  /** Other observers heard of lately, and how many of them see it fail. */
  readonly observers: number;
  readonly against: number;
  /** It used to send heartbeats, they stopped, and those of others go on. */
  readonly isSilent: boolean;
  /** We see most edges fail that others vouch for: our own view proves nothing. */
  readonly isBlind: boolean;
}

/** Nothing known from elsewhere. */
export const NO_EVIDENCE: Evidence = { observers: 0, against: 0, isSilent: false, isBlind: false };

/** An edge of which nothing has been heard. It counts as up: start-up never means "all down". */
export function unknownEdge(nowMs: number): EdgeHealth {
  return {
    ...unknownHealth(nowMs),
    knownSinceMs: nowMs,
    wasUp: false,
    falls: 0,
    fellAtMs: 0,
    heldUntilMs: 0,
    warmingSinceMs: undefined,
    warmingForMs: 0,
    downBecause: undefined,
    isDoubted: false,
  };
}

/** The health after one more probe, or one more refused connection of a real request. */
export function observeEdge(
  edge: EdgeHealth,
  result: ProbeResult,
  evidence: Evidence,
  nowMs: number,
  rules: EdgeHealthRules,
): EdgeHealth {
  const seen = observe(edge, result, nowMs, rules);
  const next = { ...edge, ...seen, state: edge.state, sinceMs: edge.sinceMs };
  switch (seen.state) {
    case "unknown":
      return next;
    case "suspect":
      return weighEvidence(edge.state === "suspect" ? next : suspected(next, nowMs), evidence, nowMs, rules);
    case "down":
      return edge.state === "down" ? next : provedDown(next, evidence, nowMs, rules);
    case "up":
      return edge.state === "up" ? next : recovered(next, evidence, nowMs, rules);
  }
}

/** Makes a suspect edge down when the evidence says so, and a down one suspect when the observer turns out to be blind. */
export function weighEvidence(edge: EdgeHealth, evidence: Evidence, nowMs: number, rules: EdgeHealthRules): EdgeHealth {
  if (edge.state === "down" && evidence.isBlind)
    return { ...suspected(edge, nowMs), isDoubted: true, falls: Math.max(0, edge.falls - 1) };
  if (edge.state !== "suspect") return edge;
  if (evidence.isBlind) return edge.isDoubted ? edge : { ...edge, isDoubted: true };
  if (evidence.isSilent) return fallen(edge, "silent", nowMs, rules);
  return isOutvoted(evidence) ? fallen(edge, "observers", nowMs, rules) : edge;
}

/** The share of its clients that an edge may have now: it grows over the slow start. */
export function warmthOf(edge: EdgeHealth, nowMs: number, rules: EdgeHealthRules): number {
  const { warmingSinceMs, warmingForMs } = edge;
  if (warmingSinceMs === undefined) return 1;
  const share = Math.max(0, nowMs - warmingSinceMs) / warmingForMs;
  return Math.min(1, rules.slowStartFloor + (1 - rules.slowStartFloor) * share);
}

/** Two observers at least, and more than half of them: this one and those who agree. */
function isOutvoted({ observers, against }: Evidence): boolean {
  return against >= 1 && (against + 1) * 2 > observers + 1;
}

function suspected(edge: EdgeHealth, nowMs: number): EdgeHealth {
  return { ...edge, state: "suspect", sinceMs: nowMs, downBecause: undefined };
}

function provedDown(edge: EdgeHealth, evidence: Evidence, nowMs: number, rules: EdgeHealthRules): EdgeHealth {
  if (!evidence.isBlind) return fallen(edge, "refused", nowMs, rules);
  return edge.state === "suspect" ? edge : suspected(edge, nowMs);
}

function fallen(edge: EdgeHealth, downBecause: DownReason, nowMs: number, rules: EdgeHealthRules): EdgeHealth {
  const again = edge.falls > 0 && nowMs - edge.fellAtMs <= rules.flapWindowMs;
  const falls = again ? edge.falls + 1 : 1;
  const holdMs = falls === 1 ? 0 : Math.min(rules.flapHoldMaxMs, rules.flapHoldMs * 2 ** Math.min(30, falls - 2));
  return { ...edge, state: "down", sinceMs: nowMs, downBecause, falls, fellAtMs: nowMs, heldUntilMs: nowMs + holdMs };
}

function recovered(edge: EdgeHealth, evidence: Evidence, nowMs: number, rules: EdgeHealthRules): EdgeHealth {
  // A clock that was set back to before the fall would hold it for as long again.
  const isHeld = nowMs < edge.heldUntilMs && nowMs >= edge.fellAtMs;
  if (edge.state === "down" && isHeld) return edge;
  const isSlow = !evidence.isBlind && !edge.isDoubted && startsSlowly(edge, nowMs, rules);
  return {
    ...edge,
    ...{ state: "up", sinceMs: nowMs, wasUp: true, downBecause: undefined, isDoubted: false },
    ...(isSlow && { warmingSinceMs: nowMs, warmingForMs: slowStartMs(nowMs - edge.sinceMs, rules) }),
  };
}

function slowStartMs(awayMs: number, rules: EdgeHealthRules): number {
  return Math.min(rules.slowStartMaxMs, Math.max(rules.slowStartMinMs, rules.slowStartFactor * awayMs));
}

/** What was out of rotation for long has a cold cache and a crowd waiting; what never was in has neither, at the start. */
function startsSlowly(edge: EdgeHealth, nowMs: number, rules: EdgeHealthRules): boolean {
  if (!edge.wasUp && nowMs - edge.knownSinceMs < rules.briefSuspicionMs) return false;
  return edge.state === "down" || (edge.state === "suspect" && nowMs - edge.sinceMs >= rules.briefSuspicionMs);
}
