/** A ledger in memory: for tests and simulations. Nothing survives the process. */
import type { Head, SealedEntry } from "../../core/ledger/chain.ts";
import type { AppendResult, LedgerBase, LedgerEngine, ReadResult } from "../../core/ledger/ports.ts";
import { comparePositions, isWithin, type Position } from "../../core/ledger/position.ts";

/** The engine. */
export class MemoryLedger implements LedgerEngine {
  #base: LedgerBase | undefined;
  /** Those after the base. */
  #tail: readonly SealedEntry[] = [];
  #versions: readonly SealedEntry[] = [];
  /** Of all epochs, oldest first. */
  #all: readonly SealedEntry[] = [];

  head(): Head | undefined {
    const last = this.#tail.at(-1);
    return last === undefined ? this.#base?.head : headOf(last);
  }

  base(): LedgerBase | undefined {
    return this.#base;
  }

  begin(base: LedgerBase): void {
    this.#base = base;
    this.#tail = [];
  }

  append(expected: Position, entries: readonly SealedEntry[]): AppendResult {
    const head = this.head();
    if (head === undefined) throw new Error("the ledger has not begun");
    if (expected.epoch !== head.epoch || expected.seq !== head.seq) return { kind: "conflict", head };
    this.#tail = [...this.#tail, ...entries];
    this.#all = [...this.#all, ...entries];
    this.#versions = [...this.#versions, ...entries.filter(({ entry }) => entry.kind === "site-version")];
    const last = entries.at(-1);
    return { kind: "appended", head: last === undefined ? head : headOf(last) };
  }

  read(after: Position, limit: number): ReadResult {
    const from = this.#base?.head;
    const to = this.head();
    if (from === undefined || to === undefined || !isWithin(after, from, to)) return { kind: "elsewhere" };
    const start = after.seq - from.seq;
    return { kind: "entries", entries: this.#tail.slice(start, start + limit) };
  }

  compact(base: LedgerBase, kept: number): void {
    const from = this.#base?.head;
    const to = this.head();
    if (from === undefined || to === undefined || !isWithin(base.head, from, to)) return;
    this.#tail = this.#tail.slice(base.head.seq - from.seq);
    this.#base = base;
    this.#all = this.#all.slice(-(kept + this.#tail.length));
  }

  recent(before: Position | undefined, limit: number): readonly SealedEntry[] {
    const earlier = this.#all.filter(({ entry }) => before === undefined || comparePositions(entry, before) < 0);
    return earlier.slice(-limit).reverse();
  }

  hashAt(position: Position): string | undefined {
    const start = this.#base?.head;
    if (start !== undefined && comparePositions(start, position) === 0) return start.hash;
    return this.#all.find(({ entry }) => comparePositions(entry, position) === 0)?.hash;
  }

  history(site: string, limit: number): readonly SealedEntry[] {
    return this.#versions
      .filter(({ entry }) => entry.site === site)
      .slice(-limit)
      .reverse();
  }

  close(): void {}
}

function headOf({ entry, hash }: SealedEntry): Head {
  return { epoch: entry.epoch, seq: entry.seq, hash };
}
