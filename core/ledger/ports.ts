/** What the ledger asks of whoever keeps it: SQLite on one machine, a replicated stream on several. */
import type { Eventually } from "../ports.ts";
import type { Head, SealedEntry } from "./chain.ts";
import type { Position } from "./position.ts";

/** Where a log begins: a snapshot, and the head whose entries it holds. */
export interface LedgerBase {
  readonly head: Head;
  /** The text of the snapshot at that head. */
  readonly snapshot: string;
}

/** What became of an append. */
export type AppendResult =
  /** Durable: it is there after any crash. */
  | { readonly kind: "appended"; readonly head: Head }
  /** Somebody else was first: the log ends elsewhere than expected. Nothing was written. */
  | { readonly kind: "conflict"; readonly head: Head };

/** What was read. */
export type ReadResult =
  | { readonly kind: "entries"; readonly entries: readonly SealedEntry[] }
  /** The position is before the base, of another epoch, or after the head: begin with the base. */
  | { readonly kind: "elsewhere" };

/** A durable, ordered log. Fails (rejects or throws) only when the storage does. */
export interface LedgerEngine {
  /** Where the log ends; undefined before the first `begin`. */
  head(): Eventually<Head | undefined>;
  /** What the log stands on; undefined before the first `begin`. */
  base(): Eventually<LedgerBase | undefined>;
  /** Starts an epoch on a base: the first, or a later one. Entries of the epoch before are no longer read, but stay in `history`. */
  begin(base: LedgerBase): Eventually<void>;
  /** Adds entries if the log still ends at `expected`: all of them or none. */
  append(expected: Position, entries: readonly SealedEntry[]): Eventually<AppendResult>;
  /** The entries after a position, oldest first, at most `limit`. */
  read(after: Position, limit: number): Eventually<ReadResult>;
  /**
   * Moves the base forward to a position of the log; entries up to it are no longer read. Does nothing for other positions.
   * Of what is no longer read, the newest `kept` stay for `recent` and `hashAt`.
   */
  compact(base: LedgerBase, kept: number): Eventually<void>;
  /** The newest entries before a position (undefined: of all), newest first, at most `limit`, through epochs and compactions. */
  recent(before: Position | undefined, limit: number): Eventually<readonly SealedEntry[]>;
  /** The hash of the chain at a position, as long as it is kept; undefined: not kept, or never there. */
  hashAt(position: Position): Eventually<string | undefined>;
  /** The versions of a site, newest first, at most `limit`; compaction does not touch them. */
  history(site: string, limit: number): Eventually<readonly SealedEntry[]>;
  close(): Eventually<void>;
}
