/** A process that appends to a ledger as fast as it can, and says each number on its standard output once it is durable. */
import { writeSync } from "node:fs";
import { LedgerService } from "../../control/ledger-service.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { ledgerSigner, newLedgerKey, sha256 } from "../../runtime/node/ledger-crypto.ts";
import { SqliteLedger } from "../../runtime/node/sqlite-ledger.ts";

const [, , file = ""] = process.argv;
const { sign } = ledgerSigner(newLedgerKey());
const ledger = await LedgerService.open({
  ...{ engine: new SqliteLedger(file), clock: systemClock, digest: sha256, sign },
  auditEntriesKept: 100_000,
  compactEvery: 200,
});
for (;;) {
  const next = ledger.head.seq + 1;
  const payload = { scope: "tag", values: [`t${next}`] };
  const draft = { at: 0, author: "child", kind: "purge", site: "shop", payload } as const;
  const written = await ledger.write(() => ({ kind: "write", drafts: [draft] }));
  if (written.kind === "written") writeSync(1, `${written.position.seq}\n`);
}
