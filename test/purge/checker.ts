/**
 * Judges what edges serve: once an edge has said that it has applied a purge, it never again serves what is older, whatever
 * happens to it. What it has applied is cumulative: a later position stands for all purges before it.
 */

interface Purged {
  readonly seq: number;
  readonly target: string;
  readonly version: number;
}

/** The checker of one run. */
export class Checker {
  readonly #purges: Purged[] = [];
  /** For each edge the least version of each target that it may serve. */
  readonly #floors = new Map<string, Map<string, number>>();
  readonly #appliedSeq = new Map<string, number>();
  readonly violations: string[] = [];
  checked = 0;

  /** A purge was written at a number of the ledger, when the origin had this version already. */
  purged(seq: number, target: string, version: number): void {
    this.#purges.push({ seq, target, version });
    // Receipts may come before the answer to an earlier one.
    for (const [edge, applied] of this.#appliedSeq) if (applied >= seq) this.#raise(edge, target, version);
  }

  /** An edge was said to have applied everything up to this number. */
  applied(edge: string, seq: number): void {
    const before = this.#appliedSeq.get(edge) ?? 0;
    if (seq <= before) return;
    this.#appliedSeq.set(edge, seq);
    for (const purge of this.#purges)
      if (purge.seq > before && purge.seq <= seq) this.#raise(edge, purge.target, purge.version);
  }

  /** What an edge may serve of a target to those who ask now. */
  floor(edge: string, target: string): number {
    return this.#floors.get(edge)?.get(target) ?? 0;
  }

  /** An answer to what was asked when the floor was this. No answer (a version below 0) is no violation. */
  answered(edge: string, target: string, floor: number, version: number): void {
    if (version < 0) return;
    this.checked += 1;
    if (version < floor)
      this.violations.push(`${edge} served version ${version} of ${target}, and ${floor} was applied`);
  }

  #raise(edge: string, target: string, version: number): void {
    const floors = this.#floors.get(edge) ?? new Map<string, number>();
    this.#floors.set(edge, floors);
    floors.set(target, Math.max(floors.get(target) ?? 0, version));
  }
}
