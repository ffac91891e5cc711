/** What other observers say of the edges: which ones fail for them. Bounded, and forgotten after a few seconds. */
import type { EdgeHealthRules } from "./health-rules.ts";

interface Opinion {
  readonly failing: ReadonlySet<string> | "blind";
  readonly atMs: number;
}

/** The last word of each observer. */
export class Opinions {
  readonly #rules: Pick<EdgeHealthRules, "opinionMs" | "observersMax">;
  readonly #last = new Map<string, Opinion>();

  constructor(rules: Pick<EdgeHealthRules, "opinionMs" | "observersMax">) {
    this.#rules = rules;
  }

  /** Takes an observer's word; when there are too many observers, the one heard of longest ago goes. */
  take(observer: string, failing: ReadonlySet<string> | "blind", nowMs: number): void {
    this.#last.delete(observer);
    this.#last.set(observer, { failing, atMs: nowMs });
    if (this.#last.size <= this.#rules.observersMax) return;
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
  }

  /** How many seeing observers were heard of lately, and how many of them see an edge fail. */
  on(edge: string, nowMs: number): { readonly observers: number; readonly against: number } {
    let observers = 0;
    let against = 0;
    for (const { failing, atMs } of this.#last.values()) {
      if (failing === "blind" || nowMs - atMs > this.#rules.opinionMs) continue;
      observers += 1;
      if (failing.has(edge)) against += 1;
    }
    return { observers, against };
  }
}
