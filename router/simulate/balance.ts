/** How evenly requests lie on edges that are as good as each other for those who ask. */
import type { Choice } from "../../core/route/choose.ts";
import { VERDICT } from "../../core/route/verdict.ts";

/** An edge that should have had fewer requests than this is not judged: chance alone is uneven. */
const JUDGED_FROM = 200;

/** Counts what each edge got, and what it would have got if every request were shared out among the edges of its band. */
export class Balance {
  readonly #weights: readonly number[];
  readonly #given: Float64Array;
  readonly #fair: Float64Array;
  readonly #band: Uint8Array;

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#given = new Float64Array(weights.length);
    this.#fair = new Float64Array(weights.length);
    this.#band = new Uint8Array(weights.length);
  }

  /** One request. */
  count({ edge, verdicts }: Choice): void {
    let total = 0;
    for (let index = 0; index < this.#band.length; index += 1) {
      const verdict = verdicts[index];
      const isIn = index === edge || verdict === VERDICT.nearTie || verdict === VERDICT.busy;
      this.#band[index] = isIn ? 1 : 0;
      if (isIn) total += this.#weights[index] ?? 0;
    }
    for (let index = 0; index < this.#band.length; index += 1) {
      if (this.#band[index] === 0) continue;
      this.#fair[index] = (this.#fair[index] ?? 0) + (this.#weights[index] ?? 0) / total;
    }
    this.#given[edge] = (this.#given[edge] ?? 0) + 1;
  }

  /** The edge with the most over its share: what it got for one that it should have got. 1 when all is even, or nothing came. */
  highestRatio(): number {
    let highest = 1;
    for (let index = 0; index < this.#given.length; index += 1) {
      const fair = this.#fair[index] ?? 0;
      if (fair >= JUDGED_FROM) highest = Math.max(highest, (this.#given[index] ?? 0) / fair);
    }
    return highest;
  }
}
