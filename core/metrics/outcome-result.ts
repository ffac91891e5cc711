/** Outcomes in groups: what histograms are labelled with, and what counts as a hit. */
import type { Outcome } from "../cache/outcome.ts";

/** The groups. */
export type OutcomeResult = "hit" | "stale" | "miss" | "pass" | "error" | "refused" | "routed" | "own";

/** The group of each outcome. */
export const RESULT_OF: Readonly<Record<Outcome, OutcomeResult>> = {
  hit: "hit",
  "hit-not-modified": "hit",
  "hit-range": "hit",
  "hit-range-unsatisfiable": "hit",
  "stale-while-revalidate": "stale",
  "stale-if-error": "stale",
  "stale-if-slow": "stale",
  "stale-allowed": "stale",
  revalidated: "miss",
  "revalidated-changed": "miss",
  stored: "miss",
  "stored-variant-dropped": "miss",
  "not-stored": "miss",
  "fills-full": "miss",
  collapsed: "miss",
  "pass-method": "pass",
  "pass-range": "pass",
  "pass-request": "pass",
  "pass-long-key": "pass",
  "hit-for-pass": "pass",
  "rule-redirect": "own",
  "rule-preflight": "own",
  "rule-maintenance": "own",
  "only-if-cached": "refused",
  "origin-refused": "error",
  "origin-unreachable": "error",
  "origin-tls": "error",
  "origin-reset": "error",
  "origin-malformed": "error",
  "origin-error": "error",
  "origin-timeout": "error",
  "origin-forbidden": "error",
  "origin-busy": "error",
  "origin-unavailable": "error",
  "bad-request": "refused",
  "unknown-site": "refused",
  "method-refused": "refused",
  "too-large": "refused",
  "client-timeout": "refused",
  overloaded: "refused",
  "rate-limited": "refused",
  "waiters-full": "refused",
  "loop-detected": "refused",
  "reserved-path": "own",
  proxied: "routed",
  redirected: "routed",
  "no-edge": "error",
  "client-left": "refused",
  "internal-error": "error",
};

/** Answered without waiting for anybody. */
export function isCacheAnswer(outcome: Outcome): boolean {
  return RESULT_OF[outcome] === "hit" || outcome === "stale-while-revalidate" || outcome === "stale-allowed";
}
