/** How many of the real requests to a node succeed, over a window that forgets gradually. */

/** Decayed counts. */
export interface RequestSuccess {
  readonly ok: number;
  readonly failed: number;
  readonly atMs: number;
}

/** Nothing seen. */
export const NO_REQUESTS: RequestSuccess = { ok: 0, failed: 0, atMs: 0 };

/** The counts after `elapsed` time, and one request more. */
export function countRequest(before: RequestSuccess, isOk: boolean, nowMs: number, windowMs: number): RequestSuccess {
  const keep = Math.exp(-Math.max(0, nowMs - before.atMs) / windowMs);
  return { ok: before.ok * keep + (isOk ? 1 : 0), failed: before.failed * keep + (isOk ? 0 : 1), atMs: nowMs };
}

/** The share that succeeded, 1 as long as there are fewer than `requestsMin` in the window. */
export function successRate(
  { ok, failed, atMs }: RequestSuccess,
  nowMs: number,
  rules: { readonly successWindowMs: number; readonly successRequestsMin: number },
): number {
  const keep = Math.exp(-Math.max(0, nowMs - atMs) / rules.successWindowMs);
  return (ok + failed) * keep < rules.successRequestsMin ? 1 : ok / (ok + failed);
}
