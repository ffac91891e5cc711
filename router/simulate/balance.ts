/** How evenly requests lie on edges that are as good as each other for those who ask. */
import type { AssignedRequests } from "../../core/route/assigned.ts";
import { CHOICE_RULES } from "../../core/route/choice-rules.ts";
import type { Choice } from "../../core/route/choose.ts";
import { VERDICT } from "../../core/route/verdict.ts";

/** An edge with fewer such requests is not judged: chance alone is uneven. */
const JUDGED_FROM = 200;

/**
 * Looks at every request that could as well have gone elsewhere: how loaded was the edge that got it, against the mean of
 * the edges that were as good? An edge that others have no choice but to use may be above the mean; it should get no more.
 */
export class Balance {
  readonly #weights: readonly number[];
  readonly #requests: Float64Array;
  readonly #ratios: Float64Array;

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#requests = new Float64Array(weights.length);
    this.#ratios = new Float64Array(weights.length);
  }

  /** One request, before it counts as load. */
  count({ edge, verdicts }: Choice, assigned: AssignedRequests, nowMs: number): void {
    let requests = 0;
    let load = 0;
    let members = 0;
    for (let index = 0; index < verdicts.length; index += 1) {
      const verdict = verdicts[index];
      if (index !== edge && verdict !== VERDICT.nearTie && verdict !== VERDICT.busy) continue;
      requests += assigned.raw(index);
      load += assigned.raw(index) / (this.#weights[index] ?? 1);
      members += 1;
    }
    // So few requests are not balanced, since they are uneven by themselves.
    if (members < 2 || requests * assigned.scale(nowMs) < CHOICE_RULES.balanceRequestsMin) return;
    const ratio = (assigned.raw(edge) / (this.#weights[edge] ?? 1) / load) * members;
    this.#requests[edge] = (this.#requests[edge] ?? 0) + 1;
    this.#ratios[edge] = (this.#ratios[edge] ?? 0) + ratio;
  }

  /** Of the edge where it is highest: its mean load against that of the edges as good. 1 when all is even, or little came. */
  highestRatio(): number {
    let highest = 1;
    for (let edge = 0; edge < this.#ratios.length; edge += 1) {
      const requests = this.#requests[edge] ?? 0;
      if (requests >= JUDGED_FROM) highest = Math.max(highest, (this.#ratios[edge] ?? 0) / requests);
    }
    return highest;
  }
}
