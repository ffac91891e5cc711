/** What became of the last request for a key that was no hit: why something was not stored, for its owner to ask. Bounded. */
import type { Outcome } from "../core/cache/outcome.ts";
import type { RequestRecord } from "../core/record.ts";

/** What is remembered of it. */
export interface LastAnswer {
  readonly atMs: number;
  readonly outcome: Outcome;
  readonly status: number;
  /** Why the answer was not stored, or the request refused. */
  readonly reason: string | undefined;
}

/** Keys that are remembered, those asked for last. */
const KEYS_MAX = 10_000;
const HITS: ReadonlySet<Outcome> = new Set(["hit", "hit-not-modified", "hit-range", "hit-range-unsatisfiable"]);

/** By key. */
export class LastAnswers {
  readonly #answers = new Map<string, LastAnswer>();

  /** One more request is over. Hits cost nothing here: they say nothing of why something is not stored. */
  add({ key, atMs, outcome, status, reason }: RequestRecord): void {
    if (key === undefined || HITS.has(outcome)) return;
    this.#answers.delete(key);
    this.#answers.set(key, { atMs, outcome, status, reason });
    if (this.#answers.size <= KEYS_MAX) return;
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
  }

  of(key: string): LastAnswer | undefined {
    return this.#answers.get(key);
  }
}
