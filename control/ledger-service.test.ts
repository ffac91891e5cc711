/** The ledger as control holds it: many writers, compaction that hides nothing, an epoch after a loss. */
import { describe, expect, test } from "vitest";
import { readSnapshot } from "../core/ledger/snapshot-text.ts";
import { MemoryLedger } from "../runtime/memory/ledger.ts";
import { ledgerSigner, newLedgerKey, sha256 } from "../runtime/node/ledger-crypto.ts";
import { LedgerService } from "./ledger-service.ts";

const { sign } = ledgerSigner(newLedgerKey());

function service(
  engine = new MemoryLedger(),
  auditEntriesKept = 100,
  compactEvery = 10,
  say: (line: string) => void = () => {},
) {
  const clock = { nowMs: () => 1_000, random: () => 0.5, after: () => () => {} };
  return LedgerService.open({ engine, clock, digest: sha256, sign, auditEntriesKept, compactEvery, say });
}

async function purge(ledger: LedgerService, tag: string) {
  const payload = { scope: "tag", values: [tag] };
  return await ledger.write(() => ({
    kind: "write",
    drafts: [{ at: 1, author: "test", kind: "purge", site: "shop", payload }],
  }));
}

describe("a ledger that is compacted", () => {
  test("opens again to the same state, and gives what is near from memory as from the engine", async () => {
    const engine = new MemoryLedger();
    const ledger = await service(engine);
    for (let count = 0; count < 57; count += 1) await purge(ledger, `t${count}`);
    const again = await service(engine);
    expect(again.head).toEqual(ledger.head);
    expect(again.signedSnapshot().text).toBe(ledger.signedSnapshot().text);
    expect(readSnapshot(again.signedSnapshot().text)?.position).toMatchObject({ seq: 57 });
    const after = { epoch: ledger.head.epoch, seq: 52 };
    const near = await ledger.read(after);
    expect(near.kind === "entries" && near.entries.map(({ entry }) => entry.seq)).toEqual([53, 54, 55, 56, 57]);
    expect(await engine.read(after, 100)).toEqual(near);
  });
  test("still tells its own history from another one, as far back as it keeps hashes", async () => {
    const ledger = await service(new MemoryLedger(), 30);
    const heads = [ledger.head];
    for (let count = 0; count < 95; count += 1) {
      await purge(ledger, `t${count}`);
      heads.push(ledger.head);
    }
    const verdicts = (seq: number) => {
      const head = heads[seq] ?? ledger.head;
      return Promise.all([ledger.judge(head), ledger.judge({ ...head, hash: "0".repeat(64) })]);
    };
    // The base is between 70 and 90: what is before it is not read any more, and yet is told apart.
    expect(await verdicts(75)).toEqual(["ours", "not-ours"]);
    expect(await verdicts(0)).toEqual(["ours", "not-ours"]);
    expect(await verdicts(5)).toEqual(["unknown", "unknown"]);
    expect(await ledger.judge({ ...ledger.head, seq: 96 })).toBe("not-ours");
  });
  test("that cannot be compacted goes on with its writes, says so once, and is compacted when it can be", async () => {
    const engine = new MemoryLedger();
    const said: string[] = [];
    const ledger = await service(engine, 0, 10, (line) => said.push(line));
    const begun = await engine.base();
    const { compact } = engine;
    engine.compact = () => {
      throw new Error("no space");
    };
    for (let count = 0; count < 25; count += 1)
      expect(await purge(ledger, `t${count}`)).toMatchObject({ kind: "written", position: { seq: count + 1 } });
    expect(said).toEqual([expect.stringContaining("no space")]);
    engine.compact = compact;
    for (let count = 0; count < 20; count += 1) await purge(ledger, `u${count}`);
    await expect.poll(async () => (await engine.base())?.head.seq).toBeGreaterThan(begun?.head.seq ?? 0);
    expect(said).toHaveLength(1);
  });
});

describe("writes", () => {
  test("are decided one after the other, each on the newest state, also with a second process on the same file", async () => {
    const engine = new MemoryLedger();
    const [one, two] = [await service(engine), await service(engine)];
    const seen: number[] = [];
    const write = (ledger: LedgerService) =>
      ledger.write((snapshot) => {
        seen.push(snapshot.position.seq);
        return { kind: "write", drafts: [{ at: 1, author: "test", kind: "drain", payload: { id: `${seen.length}` } }] };
      });
    await Promise.all(Array.from({ length: 20 }, (_, index) => write(index % 2 === 0 ? one : two)));
    expect(engine.head()?.seq).toBe(20);
    await write(one);
    expect(one.snapshot.drains.size).toBe(21);
  });
  test("that wait together are appended together, a decision that throws fails alone, and none is answered before the append", async () => {
    const engine = new MemoryLedger();
    const appended: number[] = [];
    const append = engine.append.bind(engine);
    engine.append = (expected, entries) => {
      appended.push(entries.length);
      return append(expected, entries);
    };
    const ledger = await service(engine);
    const first = purge(ledger, "a");
    const wrong = ledger.write(() => {
      throw new Error("a bug");
    });
    const refused = ledger.write(({ position }) => ({ kind: "refuse", refusal: position.seq }));
    const last = purge(ledger, "b").then((written) => ({ written, seq: engine.head()?.seq }));
    await expect(wrong).rejects.toThrow("a bug");
    expect(await first).toMatchObject({ position: { seq: 1 } });
    expect(await refused).toEqual({ kind: "refused", refusal: 1 });
    expect(await last).toMatchObject({ written: { position: { seq: 2 } }, seq: 2 });
    expect(appended).toEqual([2]);
  });
  test("fail when the disk does, and the next one is tried anew", async () => {
    const engine = new MemoryLedger();
    const ledger = await service(engine);
    const { append } = engine;
    engine.append = () => {
      throw new Error("no space");
    };
    await expect(Promise.all([purge(ledger, "a"), purge(ledger, "b")])).rejects.toThrow("no space");
    engine.append = append;
    expect(await purge(ledger, "c")).toMatchObject({ kind: "written", position: { seq: 1 } });
    expect(ledger.snapshot.position.seq).toBe(1);
  });
  test("that change nothing append nothing", async () => {
    const ledger = await service();
    const { head } = ledger;
    expect(await ledger.write(() => ({ kind: "write", drafts: [] }))).toMatchObject({ kind: "written" });
    expect(ledger.head).toEqual(head);
  });
  test("wait while a loss is dealt with, and go to the new epoch, in which everything stored before is stale", async () => {
    const ledger = await service();
    await purge(ledger, "a");
    const old = ledger.head;
    const [, written] = await Promise.all([ledger.beginAfterLoss(old.epoch), purge(ledger, "b")]);
    expect(written).toMatchObject({ kind: "written", position: { epoch: ledger.head.epoch, seq: 1 } });
    expect(ledger.head.epoch > old.epoch).toBe(true);
    expect(ledger.snapshot.floor).toEqual({ epoch: ledger.head.epoch, seq: 0 });
  });
});
