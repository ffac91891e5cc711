/** So many request lines a second and no more: a terminal is for reading. What is left out is counted. */
import type { RequestLine } from "./request-lines.ts";

/** Lines shown in each second. */
export const LINES_PER_SECOND_MAX = 20;
const WINDOW_MS = 1_000;

/** What was not shown in a window. */
export interface Omitted {
  readonly count: number;
  /** By outcome, the commonest first. */
  readonly outcomes: readonly (readonly [outcome: string, count: number])[];
}

/** Windows of one second. */
export class LineBudget {
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #shown = 0;
  #omitted = new Map<string, number>();

  /** Whether this line may be shown; if not it is counted. */
  admit(line: RequestLine, nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#shown = 0;
    }
    this.#shown += 1;
    if (this.#shown <= LINES_PER_SECOND_MAX) return true;
    this.#omitted.set(line.outcome, (this.#omitted.get(line.outcome) ?? 0) + 1);
    return false;
  }

  /** What was left out, once its window is over; undefined when nothing was. */
  takeOmitted(nowMs: number): Omitted | undefined {
    if (this.#omitted.size === 0 || nowMs - this.#windowStartMs < WINDOW_MS) return undefined;
    const outcomes = [...this.#omitted].sort((one, other) => other[1] - one[1]);
    this.#omitted = new Map();
    return { count: outcomes.reduce((sum, [, count]) => sum + count, 0), outcomes };
  }
}
