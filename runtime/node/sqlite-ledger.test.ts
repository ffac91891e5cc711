/** The ledger in SQLite keeps the contract, and what it acknowledged is there when the file is opened again. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { beginning } from "../../core/ledger/chain.ts";
import { EPOCHS, ledgerEngineContract, plainDigest, purgeDraft, sealed } from "../../test/contract/ledger-engine.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";

const folder = mkdtempSync(join(tmpdir(), "antipode-ledger-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function newFile(): string {
  files += 1;
  return join(folder, `${files}.sqlite`);
}

ledgerEngineContract("SQLite", () => new SqliteLedger(newFile()));

const start = beginning(EPOCHS[0], plainDigest);

test("what was appended is there when the file is opened again", () => {
  const file = newFile();
  const first = new SqliteLedger(file);
  first.begin({ head: start, snapshot: "empty" });
  const entries = sealed(start, [purgeDraft("a"), purgeDraft("b")]);
  first.append(start, entries);
  // Not closed: as after a crash.
  const second = new SqliteLedger(file);
  expect(second.read(start, 10)).toEqual({ kind: "entries", entries });
  first.close();
  second.close();
});

test("of two processes that append at once, one is told of the conflict", () => {
  const file = newFile();
  const one = new SqliteLedger(file);
  one.begin({ head: start, snapshot: "empty" });
  const other = new SqliteLedger(file);
  expect(one.append(start, sealed(start, [purgeDraft("a")])).kind).toBe("appended");
  expect(other.append(start, sealed(start, [purgeDraft("b")]))).toMatchObject({ kind: "conflict", head: { seq: 1 } });
  one.close();
  other.close();
});

test("every commit is synced in full", () => {
  const file = newFile();
  const ledger = new SqliteLedger(file);
  expect(ledger.durability()).toEqual({ journalMode: "wal", synchronous: 2 });
  ledger.close();
});

test("a file that is no ledger is refused", () => {
  const file = newFile();
  writeFileSync(file, "this is not a database, and long enough to be looked at".repeat(20));
  expect(() => new SqliteLedger(file)).toThrow(/not a database/);
});
