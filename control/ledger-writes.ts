/** Writes to the ledger before they are written: each is decided on the state that the ones before it leave. */
import type { Head } from "../core/ledger/chain.ts";
import type { Draft, Entry } from "../core/ledger/entry.ts";
import { fold } from "../core/ledger/fold.ts";
import type { Position } from "../core/ledger/position.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";

/** What became of a write. */
export type Written<R> =
  | { readonly kind: "written"; readonly position: Position }
  | { readonly kind: "refused"; readonly refusal: R };

/** Decides on the newest state what to write, or why not. */
export type Decide<R> = (
  snapshot: Snapshot,
) => { readonly kind: "write"; readonly drafts: readonly Draft[] } | { readonly kind: "refuse"; readonly refusal: R };

/** A write that waits. `decide` may be called again when another process was first. */
export interface WriteJob {
  decide(snapshot: Snapshot): readonly Draft[];
  done(position: Position): void;
  fail(error: unknown): void;
}

/** The job of a decision; `settle` and `fail` get its result. */
export function writeJob<R>(
  decide: Decide<R>,
  settle: (written: Written<R>) => void,
  fail: (error: unknown) => void,
): WriteJob {
  let refused: Written<R> | undefined;
  return {
    decide: (snapshot) => {
      const decision = decide(snapshot);
      refused = decision.kind === "refuse" ? { kind: "refused", refusal: decision.refusal } : undefined;
      return decision.kind === "refuse" ? [] : decision.drafts;
    },
    done: (position) => settle(refused ?? { kind: "written", position }),
    fail,
  };
}

/** Decisions of several writes, to be appended together. */
export interface Decided {
  readonly jobs: readonly { readonly job: WriteJob; readonly position: Position }[];
  readonly entries: readonly Entry[];
  /** The state after them. */
  readonly snapshot: Snapshot;
}

/** Decides the jobs in their order. A decision that throws fails its own write only. */
export function decideAll(jobs: readonly WriteJob[], { epoch, seq }: Head, before: Snapshot): Decided {
  let snapshot = before;
  const entries: Entry[] = [];
  const decided: { readonly job: WriteJob; readonly position: Position }[] = [];
  for (const job of jobs) {
    try {
      const first = seq + entries.length + 1;
      const next = job.decide(snapshot).map((draft, index) => ({ ...draft, epoch, seq: first + index }));
      snapshot = fold(snapshot, next);
      entries.push(...next);
      decided.push({ job, position: { epoch, seq: seq + entries.length } });
    } catch (error) {
      job.fail(error);
    }
  }
  return { jobs: decided, entries, snapshot };
}
