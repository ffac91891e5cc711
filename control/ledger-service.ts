/** The ledger as control holds it: the state in memory, writes one after the other, whoever follows is told. */
import {
  beginning,
  type Digest,
  type Head,
  linkOf,
  type SealedEntry,
  type Sign,
  type SignedHead,
  sealEntries,
  signHead,
} from "../core/ledger/chain.ts";
import { fold } from "../core/ledger/fold.ts";
import type { LedgerBase, LedgerEngine, ReadResult } from "../core/ledger/ports.ts";
import { comparePositions, mintEpoch, type Position } from "../core/ledger/position.ts";
import { emptySnapshot, type Snapshot, withNewEpoch } from "../core/ledger/snapshot.ts";
import { readSnapshot, snapshotText } from "../core/ledger/snapshot-text.ts";
import type { Clock } from "../core/ports.ts";
import { type Decide, type Decided, decideAll, type WriteJob, type Written, writeJob } from "./ledger-writes.ts";
import { WriteBatches } from "./write-batches.ts";

/** Entries read at once. */
const READ_MAX = 1_000;
/** The log is folded into its base in steps of so many entries; between one and two steps of it stay readable. */
const COMPACT_EVERY = 5_000;
/** Entries that are kept in memory for those who follow closely. */
const RECENT_MAX = 2_000;
/** Another process may write in between; so often is tried again. */
const CONFLICTS_MAX = 8;

type Job = WriteJob | { begin(): Promise<void>; done(): void; fail(error: unknown): void };

/** What a service is made of. */
export interface LedgerParts {
  readonly engine: LedgerEngine;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly sign: Sign;
  /** Entries that stay for the audit after they were folded. */
  readonly auditEntriesKept: number;
  /** Entries after which the log is folded into its base. */
  readonly compactEvery?: number;
  /** Says something to the operator. */
  readonly say?: (line: string) => void;
}

/** The ledger could not be opened: the file is not what was written. */
export class LedgerDamage extends Error {
  override readonly name = "LedgerDamage";
}

/** One ledger. */
export class LedgerService {
  readonly #parts: LedgerParts;
  readonly #listeners = new Set<() => void>();
  #head: Head;
  #snapshot: Snapshot;
  /** The next base, taken when the log was shorter. */
  #nextBase: LedgerBase;
  readonly #batches = new WriteBatches<Job>((jobs) => this.#runBatch(jobs));
  #cannotCompact = false;
  /** The last entries, each following the one before and the last one the head. */
  #recent: SealedEntry[] = [];

  private constructor(parts: LedgerParts, base: LedgerBase, snapshot: Snapshot) {
    this.#parts = parts;
    this.#head = base.head;
    this.#snapshot = snapshot;
    this.#nextBase = base;
  }

  /** Opens a ledger, or begins one. Fails with LedgerDamage when the chain or the base does not hold. */
  static async open(parts: LedgerParts): Promise<LedgerService> {
    const { engine, clock, digest } = parts;
    if ((await engine.base()) === undefined) {
      const epoch = mintEpoch({ nowMs: clock.nowMs(), random: () => clock.random() });
      await engine.begin({ head: beginning(epoch, digest), snapshot: snapshotText(emptySnapshot(epoch)) });
    }
    const base = await engine.base();
    const snapshot = base && readSnapshot(base.snapshot);
    if (base === undefined || snapshot === undefined) {
      throw new LedgerDamage("the ledger's base does not read back; restore the data folder from a backup");
    }
    const service = new LedgerService(parts, base, snapshot);
    await service.#catchUp();
    return service;
  }

  /** The state after the last entry. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Where the log ends. */
  get head(): Head {
    return this.#head;
  }

  /** The head, vouched for now. */
  signedHead(): SignedHead {
    return signHead(this.#head, { at: this.#parts.clock.nowMs() }, this.#parts.sign);
  }

  /** The whole state and a signed head that covers it. */
  signedSnapshot(): { readonly head: SignedHead; readonly text: string } {
    const text = snapshotText(this.#snapshot);
    const { clock, digest, sign } = this.#parts;
    return { text, head: signHead(this.#head, { at: clock.nowMs(), snapshot: digest(text) }, sign) };
  }

  /** The entries after a position. */
  async read(after: Position): Promise<ReadResult> {
    const last = this.#recent.at(-1);
    const first = this.#recent[0];
    const isNear = last?.entry.epoch === after.epoch && first !== undefined && after.seq >= first.entry.seq - 1;
    if (isNear && after.seq <= this.#head.seq)
      return { kind: "entries", entries: this.#recent.slice(after.seq + 1 - first.entry.seq).slice(0, READ_MAX) };
    return await this.#parts.engine.read(after, READ_MAX);
  }

  /** The versions of a site, newest first. */
  async history(site: string, limit: number) {
    return await this.#parts.engine.history(site, limit);
  }

  /** The newest entries before a position, newest first. */
  async recent(before: Position | undefined, limit: number) {
    return await this.#parts.engine.recent(before, limit);
  }

  /** Whether this log has, or had, a position with this hash; `unknown`: it is no longer kept. */
  async judge({ epoch, seq, hash }: Head): Promise<"ours" | "not-ours" | "unknown"> {
    const isAhead = comparePositions({ epoch, seq }, this.#head) > 0;
    if (isAhead) return "not-ours";
    const { digest, engine } = this.#parts;
    const kept = seq === 0 ? beginning(epoch, digest).hash : await engine.hashAt({ epoch, seq });
    if (kept === undefined) return "unknown";
    return kept === hash ? "ours" : "not-ours";
  }

  /** Writes what `decide` says; durable when it returns. Writes are decided one after the other, each on the newest state. */
  write<R>(decide: Decide<R>): Promise<Written<R>> {
    return new Promise((resolve, reject) => this.#batches.add(writeJob(decide, resolve, reject)));
  }

  /** Entries were lost (an old backup was restored): begins an epoch after `seen`, in which all stored before is stale. */
  beginAfterLoss(seen: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#batches.add({ begin: () => this.#beginAfter(seen), done: resolve, fail: reject });
    });
  }

  /** Calls `listener` after every change until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Runs what waits. One append holds for all writes in a row. */
  async #runBatch(jobs: readonly Job[]): Promise<void> {
    let writes: WriteJob[] = [];
    for (const job of jobs) {
      if ("decide" in job) writes.push(job);
      else {
        await this.#writeAll(writes);
        writes = [];
        await job.begin().then(job.done, job.fail);
      }
    }
    await this.#writeAll(writes);
  }

  async #writeAll(jobs: readonly WriteJob[]): Promise<void> {
    let open = jobs;
    try {
      for (let attempt = 0; attempt < CONFLICTS_MAX && open.length > 0; attempt += 1) {
        const decided = decideAll(open, this.#head, this.#snapshot);
        open = decided.jobs.map(({ job }) => job);
        if (await this.#append(decided)) {
          for (const { job, position } of decided.jobs) job.done(position);
          return await this.#compactIfLong();
        }
        await this.#catchUp();
      }
      throw new Error(`${CONFLICTS_MAX} appends in a row met other writers`);
    } catch (error) {
      for (const { fail } of open) fail(error);
    }
  }

  /** False: another process wrote in between, and nothing was written. */
  async #append({ entries, snapshot }: Decided): Promise<boolean> {
    if (entries.length === 0) return true;
    const { engine, digest } = this.#parts;
    const sealed = sealEntries(this.#head, entries, digest);
    const result = await engine.append(this.#head, sealed);
    if (result.kind === "conflict") return false;
    this.#head = result.head;
    this.#remember(sealed);
    this.#snapshot = snapshot;
    this.#tell();
    return true;
  }

  async #beginAfter(seen: string): Promise<void> {
    const { clock, digest, engine } = this.#parts;
    const after = seen > this.#head.epoch ? seen : this.#head.epoch;
    const epoch = mintEpoch({ nowMs: clock.nowMs(), random: () => clock.random(), after });
    const snapshot = withNewEpoch(this.#snapshot, epoch, "lost");
    const base = { head: beginning(epoch, digest), snapshot: snapshotText(snapshot) };
    await engine.begin(base);
    this.#adoptBase(base, snapshot);
  }

  /** Takes in what is in the engine beyond what is known here, and looks that the chain holds. */
  async #catchUp(): Promise<void> {
    const { engine, digest } = this.#parts;
    for (;;) {
      const read = await engine.read(this.#head, READ_MAX);
      if (read.kind === "elsewhere") return await this.#startOver();
      if (read.entries.length === 0) return this.#tell();
      for (const sealed of read.entries) {
        const link = linkOf(this.#head, sealed, digest);
        if (link.kind !== "follows") {
          throw new LedgerDamage(
            `entry ${sealed.entry.seq} of the ledger does not follow the one before (${link.kind})`,
          );
        }
        this.#head = link.head;
      }
      this.#remember(read.entries);
      this.#snapshot = fold(
        this.#snapshot,
        read.entries.map(({ entry }) => entry),
      );
    }
  }

  #remember(entries: readonly SealedEntry[]): void {
    this.#recent.push(...entries);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent = this.#recent.slice(-RECENT_MAX);
  }

  async #startOver(): Promise<void> {
    const base = await this.#parts.engine.base();
    const snapshot = base && readSnapshot(base.snapshot);
    if (base === undefined || snapshot === undefined) throw new LedgerDamage("the ledger's base does not read back");
    if (comparePositions(base.head, this.#head) <= 0) throw new LedgerDamage("the ledger ends before its own entries");
    this.#adoptBase(base, snapshot);
    await this.#catchUp();
  }

  #adoptBase(base: LedgerBase, snapshot: Snapshot): void {
    this.#head = base.head;
    this.#snapshot = snapshot;
    this.#nextBase = base;
    this.#recent = [];
    this.#tell();
  }

  /** What was written is written, whatever comes of it: it is tried again at the next write, and the operator told once. */
  async #compactIfLong(): Promise<void> {
    const { compactEvery = COMPACT_EVERY, engine, auditEntriesKept, say } = this.#parts;
    if (this.#head.seq - this.#nextBase.head.seq < compactEvery) return;
    try {
      await engine.compact(this.#nextBase, auditEntriesKept);
      this.#nextBase = { head: this.#head, snapshot: snapshotText(this.#snapshot) };
      this.#cannotCompact = false;
    } catch (error) {
      if (!this.#cannotCompact) say?.(`cannot fold the ledger into its base, so it grows: ${error}`);
      this.#cannotCompact = true;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
