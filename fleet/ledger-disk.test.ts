/** What a node keeps of the ledger: an entry costs a line, and whatever a crash leaves reads back as a state that was vouched for. */
import { describe, expect, test } from "vitest";
import { beginning, type SealedEntry, sealEntries, signHead } from "../core/ledger/chain.ts";
import { fold } from "../core/ledger/fold.ts";
import type { NodeDisk } from "../core/ledger/follow-ports.ts";
import { emptySnapshot } from "../core/ledger/snapshot.ts";
import { snapshotText } from "../core/ledger/snapshot-text.ts";
import { ledgerSigner, ledgerVerifier, newLedgerKey, sha256 } from "../runtime/node/ledger-crypto.ts";
import { EPOCHS } from "../test/contract/ledger-engine.ts";
import type { Followed } from "./followed.ts";
import { JOURNAL_FILE, LedgerDisk, STATE_FILE } from "./ledger-disk.ts";

const { sign, publicKey } = ledgerSigner(newLedgerKey());
const trust = { digest: sha256, verify: ledgerVerifier(publicKey) ?? (() => false) };
const start = beginning(EPOCHS[0], sha256);
const LOG: readonly SealedEntry[] = sealEntries(
  start,
  Array.from({ length: 30 }, (_, index) => ({
    ...{ epoch: EPOCHS[0], seq: index + 1, at: index, author: "test", kind: "purge" as const, site: "shop" },
    payload: { scope: "tag", values: [`t${index}`] },
  })),
  sha256,
);

function heldAt(seq: number): Followed {
  const snapshot = fold(
    emptySnapshot(EPOCHS[0]),
    LOG.slice(0, seq).map(({ entry }) => entry),
  );
  const head = signHead({ epoch: EPOCHS[0], seq, hash: LOG[seq - 1]?.hash ?? start.hash }, { at: 1 }, sign);
  return { snapshot, head, tip: head, waiting: [] };
}

class FakeDisk implements NodeDisk {
  readonly files = new Map<string, string>();
  readonly wrote: string[] = [];
  fails = false;
  async load(name: string): Promise<string | undefined> {
    return this.files.get(name);
  }
  async save(name: string, text: string): Promise<void> {
    if (this.fails) throw new Error("no space");
    this.wrote.push(name);
    this.files.set(name, text);
  }
  async append(name: string, text: string): Promise<void> {
    // What a full disk does: a part is there.
    const isCut = this.fails;
    this.files.set(name, (this.files.get(name) ?? "") + (isCut ? text.slice(0, text.length / 2) : text));
    if (isCut) throw new Error("no space");
    this.wrote.push(`+${name}`);
  }
  loadNow(): undefined {}
  saveNow(): void {}
}

/** A disk on which a state of 10 entries was saved, then lines up to `seq`, `each` entries a line. */
async function saved(seq: number, each = 1) {
  const disk = new FakeDisk();
  const keeper = new LedgerDisk(disk, trust);
  keeper.take(heldAt(10), undefined);
  await keeper.save();
  for (let at = 10; at < seq; at += each) {
    keeper.take(heldAt(at + each), LOG.slice(at, at + each));
    await keeper.save();
  }
  return { disk, keeper };
}

async function readBack(disk: NodeDisk): Promise<string | number> {
  const read = await new LedgerDisk(disk, trust).load();
  if (read.kind !== "held") return read.kind;
  const { snapshot, head } = read.followed;
  expect(snapshotText(snapshot)).toBe(snapshotText(heldAt(head.seq).snapshot));
  return head.seq;
}

describe("what is written", () => {
  test("the state once, then a line for each head, and it reads back whole", async () => {
    const { disk, keeper } = await saved(16, 2);
    expect(disk.wrote).toEqual([STATE_FILE, JOURNAL_FILE, ...Array<string>(3).fill(`+${JOURNAL_FILE}`)]);
    expect(keeper.position).toBe(`${EPOCHS[0]}:16`);
    expect(await readBack(disk)).toBe(16);
  });

  test("what comes while it is being written is kept by the next", async () => {
    const { disk, keeper } = await saved(12);
    keeper.take(heldAt(13), LOG.slice(12, 13));
    const first = keeper.save();
    keeper.take(heldAt(14), LOG.slice(13, 14));
    await first;
    expect(keeper.position).toBe(`${EPOCHS[0]}:13`);
    await keeper.save();
    expect(await readBack(disk)).toBe(14);
  });

  test("the state is written anew when the journal has grown as long as it", async () => {
    const { disk, keeper } = await saved(10);
    const [entry] = LOG.slice(10, 11);
    disk.wrote.length = 0;
    // One line that is longer than the journal may become.
    keeper.take(heldAt(11), Array<SealedEntry>(2_000).fill(entry ?? LOG[0] ?? expect.fail()));
    await keeper.save();
    expect(disk.wrote).toEqual([STATE_FILE, JOURNAL_FILE]);
    expect(await readBack(disk)).toBe(11);
  });

  test("after a disk that was full the whole state is written", async () => {
    const { disk, keeper } = await saved(12);
    disk.fails = true;
    keeper.take(heldAt(13), LOG.slice(12, 13));
    await expect(keeper.save()).rejects.toThrow("no space");
    expect(keeper.position).toBe(`${EPOCHS[0]}:12`);
    expect(await readBack(disk)).toBe(12);
    disk.fails = false;
    keeper.take(heldAt(14), LOG.slice(13, 14));
    await keeper.save();
    expect(disk.wrote.slice(-2)).toEqual([STATE_FILE, JOURNAL_FILE]);
    expect(await readBack(disk)).toBe(14);
  });
});

describe("what a crash leaves", () => {
  test("a journal that is cut anywhere reads back as the last line that is whole, and goes on from there", async () => {
    const { disk } = await saved(14);
    const journal = disk.files.get(JOURNAL_FILE) ?? "";
    for (let length = 0; length <= journal.length; length += 7) {
      disk.files.set(JOURNAL_FILE, journal.slice(0, length));
      const whole = journal.slice(0, length).split("\n").length - 1;
      expect(await readBack(disk)).toBe(10 + whole);
      const again = new LedgerDisk(disk, trust);
      await again.load();
      const next = 11 + whole;
      again.take(heldAt(next), LOG.slice(next - 1, next));
      await again.save();
      expect(await readBack(disk)).toBe(next);
      disk.files.set(STATE_FILE, (await saved(10)).disk.files.get(STATE_FILE) ?? "");
    }
  });

  test("lines that the state holds already are passed over", async () => {
    const { disk } = await saved(14);
    disk.files.set(STATE_FILE, (await stateOnly(12)) ?? "");
    expect(await readBack(disk)).toBe(14);
    disk.files.set(STATE_FILE, (await stateOnly(20)) ?? "");
    expect(await readBack(disk)).toBe(20);
  });

  test("a line that was changed, or whose head is not signed, is not believed, nor what follows it", async () => {
    const { disk } = await saved(14);
    const journal = disk.files.get(JOURNAL_FILE) ?? "";
    disk.files.set(JOURNAL_FILE, journal.replace('"t11"', '"t99"'));
    expect(await readBack(disk)).toBe(11);
    disk.files.set(JOURNAL_FILE, journal.replace(/"signature":"..../g, '"signature":"AAAA'));
    expect(await readBack(disk)).toBe(10);
  });

  test("a state that was changed counts as damaged", async () => {
    const { disk } = await saved(14);
    disk.files.set(STATE_FILE, (disk.files.get(STATE_FILE) ?? "").replace("t3", "t4"));
    expect(await readBack(disk)).toBe("damaged");
  });
});

async function stateOnly(seq: number): Promise<string | undefined> {
  const disk = new FakeDisk();
  const keeper = new LedgerDisk(disk, trust);
  keeper.take(heldAt(seq), undefined);
  await keeper.save();
  return disk.files.get(STATE_FILE);
}
