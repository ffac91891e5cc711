/** What the guard said of blocks of field lines that came before: clients repeat theirs with every request. */
import type { GuardedFields } from "../../../core/http/guard-fields.ts";
import type { ReadyKnown } from "./ready-head.ts";

/** A block that was judged before. */
export interface RememberedFields {
  readonly judged: GuardedFields;
  /** Who has ready answers for requests with it; undefined: nobody. */
  ready: ReadyKnown | "not asked" | undefined;
}

/** Longer blocks of field lines are judged anew each time: remembered ones have to be few and small. */
const REMEMBERED_BLOCK_CHARACTERS = 2_048;
/** Of each of two generations. */
const REMEMBERED_BLOCKS = 512;

/** Two generations: what was not asked for while one filled up is forgotten. One a listener, whose limits it was judged by. */
export class FieldMemory {
  #young = new Map<string, RememberedFields>();
  #old = new Map<string, RememberedFields>();

  /** What was said of the same block. */
  find(block: string): RememberedFields | undefined {
    return this.#young.get(block) ?? this.#old.get(block);
  }

  /** Remembers it, unless it is too long. */
  keep(block: string, judged: GuardedFields): void {
    if (block.length > REMEMBERED_BLOCK_CHARACTERS) return;
    if (this.#young.size >= REMEMBERED_BLOCKS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(block, { judged, ready: "not asked" });
  }
}
