/** What every engine of the ledger must do. Run on each adapter by a test beside it. */
import { describe, expect, test } from "vitest";
import { beginning, type Digest, type Head, type SealedEntry, sealEntries } from "../../core/ledger/chain.ts";
import type { Draft } from "../../core/ledger/entry.ts";
import type { LedgerEngine } from "../../core/ledger/ports.ts";

/** Two epochs, the second later. */
export const EPOCHS = ["01HZZZZZZZ0000000000000000", "01JZZZZZZZ0000000000000000"] as const;

/** A digest that is quick and no secret: enough to tell contents apart. */
export const plainDigest: Digest = (text) => {
  let hash = 7;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
};

/** Drafts sealed after a head. */
export function sealed(head: Head, drafts: readonly Draft[]): readonly SealedEntry[] {
  const entries = drafts.map((draft, index) => ({ ...draft, epoch: head.epoch, seq: head.seq + index + 1 }));
  return sealEntries(head, entries, plainDigest);
}

/** A purge of one tag. */
export function purgeDraft(tag: string): Draft {
  return { at: 1_000, author: "test", kind: "purge", site: "shop", payload: { scope: "tag", values: [tag] } };
}

function versionDraft(path: string): Draft {
  return { at: 1_000, author: "test", kind: "site-version", site: "shop", payload: { config: { path } } };
}

const START = beginning(EPOCHS[0], plainDigest);

async function begun(make: () => LedgerEngine): Promise<LedgerEngine> {
  const engine = make();
  await engine.begin({ head: START, snapshot: "empty" });
  return engine;
}

async function headOf(engine: LedgerEngine): Promise<Head> {
  const head = await engine.head();
  if (head === undefined) throw new Error("no head");
  return head;
}

async function add(engine: LedgerEngine, ...drafts: readonly Draft[]): Promise<readonly SealedEntry[]> {
  const head = await headOf(engine);
  const entries = sealed(head, drafts);
  expect(await engine.append(head, entries)).toMatchObject({ kind: "appended" });
  return entries;
}

/** The suite. */
export function ledgerEngineContract(name: string, make: () => LedgerEngine): void {
  describe(`${name} as a ledger`, () => {
    test("has no head before it begins", async () => {
      const engine = make();
      expect(await engine.head()).toBeUndefined();
      expect(await engine.base()).toBeUndefined();
      await engine.close();
    });
    test("gives back what was appended, in order, and its head", async () => {
      const engine = await begun(make);
      const entries = [
        ...(await add(engine, purgeDraft("a"), purgeDraft("b"))),
        ...(await add(engine, purgeDraft("c"))),
      ];
      expect(await engine.read(START, 10)).toEqual({ kind: "entries", entries });
      expect(await engine.head()).toEqual({ epoch: EPOCHS[0], seq: 3, hash: entries[2]?.hash });
      await engine.close();
    });
    test("refuses an append whose expectation is behind, ahead or of another epoch, and writes nothing", async () => {
      const engine = await begun(make);
      await add(engine, purgeDraft("a"));
      const head = await headOf(engine);
      for (const expected of [START, { ...head, seq: head.seq + 1 }, { ...head, epoch: EPOCHS[1] }]) {
        expect(await engine.append(expected, sealed(head, [purgeDraft("b")]))).toEqual({ kind: "conflict", head });
      }
      expect(await engine.head()).toEqual(head);
      await engine.close();
    });
    test("reads from the middle, so many as are asked for, and nothing after the head", async () => {
      const engine = await begun(make);
      const entries = await add(engine, purgeDraft("a"), purgeDraft("b"), purgeDraft("c"));
      const after = { epoch: EPOCHS[0], seq: 1 };
      expect(await engine.read(after, 1)).toEqual({ kind: "entries", entries: [entries[1]] });
      expect(await engine.read(await headOf(engine), 10)).toEqual({ kind: "entries", entries: [] });
      await engine.close();
    });
    test("says that a position is elsewhere: after the head, or of another epoch", async () => {
      const engine = await begun(make);
      await add(engine, purgeDraft("a"));
      expect(await engine.read({ epoch: EPOCHS[0], seq: 2 }, 10)).toEqual({ kind: "elsewhere" });
      expect(await engine.read({ epoch: EPOCHS[1], seq: 0 }, 10)).toEqual({ kind: "elsewhere" });
      await engine.close();
    });
    compactionContract(make);
  });
}

function compactionContract(make: () => LedgerEngine): void {
  test("compaction moves the base; earlier positions are elsewhere, later ones read on", async () => {
    const engine = await begun(make);
    const entries = await add(engine, purgeDraft("a"), purgeDraft("b"), purgeDraft("c"));
    const head = { epoch: EPOCHS[0], seq: 2, hash: entries[1]?.hash ?? "" };
    await engine.compact({ head, snapshot: "two" }, 0);
    expect(await engine.base()).toEqual({ head, snapshot: "two" });
    expect(await engine.read({ epoch: EPOCHS[0], seq: 1 }, 10)).toEqual({ kind: "elsewhere" });
    expect(await engine.read(head, 10)).toEqual({ kind: "entries", entries: [entries[2]] });
    await add(engine, purgeDraft("d"));
    expect(await engine.head()).toMatchObject({ seq: 4 });
    await engine.close();
  });
  test("compaction up to the head keeps the head; to a position elsewhere it does nothing", async () => {
    const engine = await begun(make);
    await add(engine, purgeDraft("a"));
    const head = await headOf(engine);
    await engine.compact({ head: { ...head, seq: 9 }, snapshot: "beyond" }, 0);
    expect(await engine.base()).toMatchObject({ snapshot: "empty" });
    await engine.compact({ head, snapshot: "one" }, 0);
    expect(await engine.head()).toEqual(head);
    await add(engine, purgeDraft("b"));
    await engine.close();
  });
  test("the versions of a site stay in its history through compactions and epochs, the newest first", async () => {
    const engine = await begun(make);
    const first = await add(engine, versionDraft("/1"), purgeDraft("a"), versionDraft("/2"));
    await engine.compact({ head: await headOf(engine), snapshot: "three" }, 0);
    expect(await engine.history("shop", 10)).toEqual([first[2], first[0]]);
    await engine.begin({ head: beginning(EPOCHS[1], plainDigest), snapshot: "new" });
    const second = await add(engine, versionDraft("/3"));
    expect(await engine.history("shop", 2)).toEqual([second[0], first[2]]);
    expect(await engine.history("blog", 10)).toEqual([]);
    await engine.close();
  });
  test("what was compacted stays for the audit and for comparing hashes, as much of it as is asked for", async () => {
    const engine = await begun(make);
    const first = await add(engine, purgeDraft("a"), purgeDraft("b"), purgeDraft("c"));
    await engine.compact({ head: await headOf(engine), snapshot: "three" }, 2);
    expect(await engine.recent(undefined, 10)).toEqual([first[2], first[1]]);
    expect(await engine.hashAt({ epoch: EPOCHS[0], seq: 1 })).toBeUndefined();
    expect(await engine.hashAt({ epoch: EPOCHS[0], seq: 2 })).toBe(first[1]?.hash);
    await engine.begin({ head: beginning(EPOCHS[1], plainDigest), snapshot: "new" });
    const second = await add(engine, purgeDraft("d"));
    expect(await engine.recent(undefined, 2)).toEqual([second[0], first[2]]);
    expect(await engine.recent(second[0]?.entry, 1)).toEqual([first[2]]);
    expect(await engine.hashAt({ epoch: EPOCHS[0], seq: 3 })).toBe(first[2]?.hash);
    expect(await engine.hashAt({ epoch: EPOCHS[1], seq: 0 })).toBe(beginning(EPOCHS[1], plainDigest).hash);
    expect(await engine.hashAt({ epoch: EPOCHS[1], seq: 2 })).toBeUndefined();
    await engine.close();
  });
  test("a new epoch starts at its own base, and the old one is elsewhere", async () => {
    const engine = await begun(make);
    await add(engine, purgeDraft("a"));
    const base = { head: beginning(EPOCHS[1], plainDigest), snapshot: "new" };
    await engine.begin(base);
    expect(await engine.head()).toEqual(base.head);
    expect(await engine.read(START, 10)).toEqual({ kind: "elsewhere" });
    const entries = await add(engine, purgeDraft("b"));
    expect(await engine.read(base.head, 10)).toEqual({ kind: "entries", entries });
    await engine.close();
  });
}
