/**
 * The ledger in one SQLite file. Write-ahead log with a full sync at every commit: what was appended is on the disk
 * before anybody is told, and survives a kill of the process or of the machine.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Head, readSealedEntry, type SealedEntry } from "../../core/ledger/chain.ts";
import type { AppendResult, LedgerBase, LedgerEngine, ReadResult } from "../../core/ledger/ports.ts";
import { isWithin, type Position } from "../../core/ledger/position.ts";
import { parseJson } from "../../core/ledger/read-json.ts";

/** How long an append waits for another process that holds the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** Greater than every epoch. */
const AFTER_ALL = "~";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS base (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, snapshot TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS entries (
    epoch TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, site TEXT, hash TEXT NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (epoch, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS versions ON entries (site, epoch, seq) WHERE kind = 'site-version';
`;

/** The engine. Opens or makes the file; throws when it cannot, or when the file is no ledger. */
export class SqliteLedger implements LedgerEngine {
  readonly #db: DatabaseSync;
  readonly #selectBase: StatementSync;
  readonly #selectStart: StatementSync;
  readonly #selectLast: StatementSync;
  readonly #selectAfter: StatementSync;
  readonly #selectVersions: StatementSync;
  readonly #selectRecent: StatementSync;
  readonly #selectHash: StatementSync;
  readonly #selectUpTo: StatementSync;
  readonly #deleteUpTo: StatementSync;
  readonly #insert: StatementSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.#db.exec(SCHEMA);
    this.#selectBase = this.#db.prepare("SELECT epoch, seq, hash, snapshot FROM base");
    this.#selectStart = this.#db.prepare("SELECT epoch, seq, hash FROM base");
    this.#selectLast = this.#db.prepare(
      "SELECT e.epoch, e.seq, e.hash FROM base b JOIN entries e ON e.epoch = b.epoch AND e.seq > b.seq ORDER BY e.seq DESC LIMIT 1",
    );
    this.#selectAfter = this.#db.prepare(
      "SELECT entry, hash FROM entries WHERE epoch = ? AND seq > ? ORDER BY seq LIMIT ?",
    );
    this.#selectVersions = this.#db.prepare(
      "SELECT entry, hash FROM entries WHERE kind = 'site-version' AND site = ? ORDER BY epoch DESC, seq DESC LIMIT ?",
    );
    this.#selectRecent = this.#db.prepare(
      "SELECT entry, hash FROM entries WHERE (epoch, seq) < (?, ?) ORDER BY epoch DESC, seq DESC LIMIT ?",
    );
    this.#selectHash = this.#db.prepare("SELECT hash FROM entries WHERE epoch = ? AND seq = ?");
    this.#selectUpTo = this.#db.prepare(
      "SELECT epoch, seq FROM entries WHERE (epoch, seq) <= (?, ?) ORDER BY epoch DESC, seq DESC LIMIT 1 OFFSET ?",
    );
    this.#deleteUpTo = this.#db.prepare("DELETE FROM entries WHERE (epoch, seq) <= (?, ?) AND kind <> 'site-version'");
    this.#insert = this.#db.prepare(
      "INSERT INTO entries (epoch, seq, kind, site, hash, entry) VALUES (?, ?, ?, ?, ?, ?)",
    );
  }

  head(): Head | undefined {
    const row = this.#selectLast.get() ?? this.#selectStart.get();
    return row === undefined ? undefined : headOf(row);
  }

  base(): LedgerBase | undefined {
    const row = this.#selectBase.get();
    return row === undefined ? undefined : { head: headOf(row), snapshot: String(row.snapshot) };
  }

  begin(base: LedgerBase): void {
    this.#write(() => this.#setBase(base));
  }

  append(expected: Position, entries: readonly SealedEntry[]): AppendResult {
    return this.#write((): AppendResult => {
      const head = this.head();
      if (head === undefined) throw new Error("the ledger has not begun");
      if (expected.epoch !== head.epoch || expected.seq !== head.seq) return { kind: "conflict", head };
      for (const { entry, hash } of entries) {
        const { epoch, seq, kind, site = null } = entry;
        this.#insert.run(epoch, seq, kind, site, hash, JSON.stringify(entry));
      }
      return { kind: "appended", head: this.head() ?? head };
    });
  }

  read(after: Position, limit: number): ReadResult {
    const from = this.#start();
    const to = this.head();
    if (from === undefined || to === undefined || !isWithin(after, from, to)) return { kind: "elsewhere" };
    return { kind: "entries", entries: this.#selectAfter.all(after.epoch, after.seq, limit).map(sealedOf) };
  }

  compact(base: LedgerBase, kept: number): void {
    this.#write(() => {
      const from = this.#start();
      const to = this.head();
      if (from === undefined || to === undefined || !isWithin(base.head, from, to)) return;
      this.#setBase(base);
      const { epoch, seq } = base.head;
      const last = this.#selectUpTo.get(epoch, seq, kept);
      if (last !== undefined) this.#deleteUpTo.run(String(last.epoch), Number(last.seq));
    });
  }

  recent(before: Position | undefined, limit: number): readonly SealedEntry[] {
    return this.#selectRecent.all(before?.epoch ?? AFTER_ALL, before?.seq ?? 0, limit).map(sealedOf);
  }

  hashAt({ epoch, seq }: Position): string | undefined {
    const start = this.#start();
    if (start?.epoch === epoch && start.seq === seq) return start.hash;
    const row = this.#selectHash.get(epoch, seq);
    return row === undefined ? undefined : String(row.hash);
  }

  history(site: string, limit: number): readonly SealedEntry[] {
    return this.#selectVersions.all(site, limit).map(sealedOf);
  }

  close(): void {
    this.#db.close();
  }

  /** How the file is written: `wal`, and 2 for a full sync at every commit. */
  durability(): { readonly journalMode: string; readonly synchronous: number } {
    const journal = this.#db.prepare("PRAGMA journal_mode").get();
    const synchronous = this.#db.prepare("PRAGMA synchronous").get();
    return { journalMode: String(journal?.journal_mode), synchronous: Number(synchronous?.synchronous) };
  }

  /** The head of the base, without its snapshot. */
  #start(): Head | undefined {
    const row = this.#selectStart.get();
    return row === undefined ? undefined : headOf(row);
  }

  #setBase({ head, snapshot }: LedgerBase): void {
    this.#db
      .prepare("INSERT OR REPLACE INTO base (only, epoch, seq, hash, snapshot) VALUES (1, ?, ?, ?, ?)")
      .run(head.epoch, head.seq, head.hash, snapshot);
  }

  /** One transaction, on the disk when it returns. */
  #write<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

type Row = Readonly<Record<string, unknown>>;

function headOf(row: Row): Head {
  return { epoch: String(row.epoch), seq: Number(row.seq), hash: String(row.hash) };
}

function sealedOf(row: Row): SealedEntry {
  const sealed = readSealedEntry({ entry: parseJson(String(row.entry)), hash: row.hash });
  if (sealed === undefined) throw new Error("the ledger file holds an entry that is none; restore it from a backup");
  return sealed;
}
