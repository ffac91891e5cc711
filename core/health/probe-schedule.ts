/** When an edge is probed next, and how long an answer may take. */
import { type Health, isChanging } from "./health.ts";

/** How often and how patiently edges are probed. */
export interface ProbeLimits {
  /** From the start of one probe to the start of the next. */
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** A result at odds with the state is confirmed after this time. */
  readonly confirmAfterMs: number;
}

/** An edge that is not up may have to be connected to anew, three round trips with TLS: it has this much more time. */
const PATIENCE = 4;

/** From now to the next probe, after one that began at `startedAtMs`. Never sooner than a confirmation. */
export function nextProbeAfterMs(health: Health, startedAtMs: number, nowMs: number, limits: ProbeLimits): number {
  if (isChanging(health)) return limits.confirmAfterMs;
  // A clock that was set back during the probe must not put off the next one.
  const tookMs = Math.max(0, nowMs - startedAtMs);
  return Math.max(limits.confirmAfterMs, limits.probeIntervalMs - tookMs);
}

/** How long the next probe may take. Only an edge that is up is judged by the short limit. */
export function probeTimeoutMs(health: Health, limits: ProbeLimits): number {
  return health.state === "up" ? limits.probeTimeoutMs : PATIENCE * limits.probeTimeoutMs;
}
