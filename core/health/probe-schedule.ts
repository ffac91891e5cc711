/** When an edge is probed next, and how long an answer may take. */
import { type Health, isChanging } from "./health.ts";

/** How often and how patiently edges are probed. */
export interface ProbeLimits {
  /** From the start of one probe to the start of the next. */
  readonly probeIntervalMs: number;
  readonly probeTimeoutMs: number;
  /** From the start of a probe whose result is at odds with the state to the one that confirms it. */
  readonly confirmAfterMs: number;
}

/** An edge that is not up may have to be connected to anew, three round trips with TLS: it has this much more time. */
const PATIENCE = 4;
/** After a probe that used up that time in waiting for an answer, this share of it passes all the same. */
const PAUSE_SHARE = 1 / 4;

/** From now to the next probe, after one that began at `startedAtMs`. Without a doubt never sooner than a confirmation. */
export function nextProbeAfterMs(health: Health, startedAtMs: number, nowMs: number, limits: ProbeLimits): number {
  // A clock that was set back during the probe must not put off the next one.
  const tookMs = Math.max(0, nowMs - startedAtMs);
  if (isChanging(health)) return Math.max(PAUSE_SHARE * limits.confirmAfterMs, limits.confirmAfterMs - tookMs);
  return Math.max(limits.confirmAfterMs, limits.probeIntervalMs - tookMs);
}

/** How long the next probe may take. Only an edge that is up is judged by the short limit. */
export function probeTimeoutMs(health: Health, limits: ProbeLimits): number {
  return health.state === "up" ? limits.probeTimeoutMs : PATIENCE * limits.probeTimeoutMs;
}
