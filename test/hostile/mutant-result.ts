/** What the processes of the run of mutants report, and what their reports are together. */

/** The result of one process. */
export interface ShareResult {
  readonly mutants: number;
  readonly requestsAnsweredByTheOrigin: number;
  /** Requests that one side had and the other had not: count and request line. */
  readonly differences: readonly string[];
  readonly errors: readonly string[];
  readonly rssGrowthBytes: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** The same of all processes, and the verdict. */
export interface MutantsResult extends ShareResult {
  readonly passed: boolean;
  readonly processes: number;
}

/** Most that the memory of one process may grow after its warm-up. */
export const RSS_GROWTH_MAX_BYTES = 100_000_000;

/** Whether a message of a child is its result: it is our own program, so only the outline is looked at. */
export function isResultMessage(message: unknown): message is { readonly result: ShareResult } {
  return typeof message === "object" && message !== null && "result" in message;
}

/** `total` mutants in `shares` consecutive ranges, the first ones longer by one where it does not divide. */
export function ranges(total: number, shares: number): { readonly first: number; readonly count: number }[] {
  const found: { first: number; count: number }[] = [];
  let first = 0;
  for (let share = 0; share < shares; share += 1) {
    const count = Math.floor(total / shares) + (share < total % shares ? 1 : 0);
    found.push({ first, count });
    first += count;
  }
  return found;
}

/** The verdict on all of them: every mutant sent, no difference, no error, and no process that grew too much. */
export function together(mutants: number, shares: readonly ShareResult[]): MutantsResult {
  const outcomes: Record<string, number> = {};
  for (const share of shares) {
    for (const [outcome, count] of Object.entries(share.outcomes)) outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  }
  const sum = (count: (share: ShareResult) => number): number => shares.reduce((total, one) => total + count(one), 0);
  const done = sum((share) => share.mutants);
  const differences = shares.flatMap((share) => share.differences);
  const errors = shares.flatMap((share) => share.errors);
  const rssGrowthBytes = Math.max(...shares.map((share) => share.rssGrowthBytes));
  return {
    passed: done >= mutants && differences.length === 0 && errors.length === 0 && rssGrowthBytes < RSS_GROWTH_MAX_BYTES,
    mutants: done,
    processes: shares.length,
    requestsAnsweredByTheOrigin: sum((share) => share.requestsAnsweredByTheOrigin),
    differences: differences.slice(0, 100),
    errors: errors.slice(0, 10),
    rssGrowthBytes,
    outcomes,
  };
}
