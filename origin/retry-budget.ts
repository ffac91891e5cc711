/** How many attempts may be repeated: a share of the requests, so that retries never multiply an overload (FAULTS L12). */
import { SlidingWindow } from "./sliding-window.ts";

/** The size of the budget. */
export interface RetryBudgetLimits {
  /** Retries as a share of the requests of the last 10 s, in percent. */
  readonly percent: number;
  /** Retries a second that are allowed whatever the share, so that quiet sites have them too. */
  readonly perSecondMin: number;
}

/** The retries of one pool. */
export class RetryBudget {
  readonly #limits: RetryBudgetLimits;
  readonly #requests = new SlidingWindow();
  readonly #retries = new SlidingWindow();

  constructor(limits: RetryBudgetLimits) {
    this.#limits = limits;
  }

  /** Counts a request, not its retries. */
  request(nowMs: number): void {
    this.#requests.add(nowMs);
  }

  /** Takes one retry out of the budget; false when there is none left. */
  take(nowMs: number): boolean {
    const share = (this.#requests.total(nowMs) * this.#limits.percent) / 100;
    const isAllowed =
      this.#retries.total(nowMs) + 1 <= share || this.#retries.thisSecond(nowMs) < this.#limits.perSecondMin;
    if (isAllowed) this.#retries.add(nowMs);
    return isAllowed;
  }
}
