/** SIGKILL at random moments while entries are appended: what was acknowledged is there, and the chain holds. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LedgerService } from "../../control/ledger-service.ts";
import { systemClock } from "../../runtime/node/clock.ts";
import { ledgerSigner, newLedgerKey, sha256 } from "../../runtime/node/ledger-crypto.ts";
import { SqliteLedger } from "../../runtime/node/sqlite-ledger.ts";
import { seededRandom } from "../hostile/mutate.ts";
import type { LongContext } from "../long-run.ts";

/** Its evidence file. */
export const name = "ledger-kills";
/** For the list. */
export const summary = "1,000 SIGKILLs of a process that appends to the ledger; no acknowledged entry may be lost";

const KILLS = Number(process.env.KILLS ?? 1_000);
const CHILD = path.join(import.meta.dirname, "..", "ledger", "append-child.ts");
const LONGEST_LIFE_MS = 40;

/** Runs it. */
export async function run({ log, signal }: LongContext): Promise<object> {
  const folder = mkdtempSync(path.join(tmpdir(), "antipode-kills-"));
  const file = path.join(folder, "ledger.sqlite");
  const random = seededRandom(1);
  let acknowledged = 0;
  let lost = 0;
  let beyond = 0;
  try {
    for (let kill = 1; kill <= KILLS; kill += 1) {
      signal.throwIfAborted();
      acknowledged = Math.max(acknowledged, await lifeOfOne(file, random() * LONGEST_LIFE_MS));
      const engine = new SqliteLedger(file);
      const seq = engine.head()?.seq ?? 0;
      engine.close();
      lost += Math.max(0, acknowledged - seq);
      beyond += seq > acknowledged ? 1 : 0;
      acknowledged = Math.max(acknowledged, seq);
      if (kill % 100 === 0) log(`${kill} kills, ${acknowledged} entries, ${lost} lost`);
    }
    await openWhole(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { passed: lost === 0, kills: KILLS, entries: acknowledged, lost, killedBetweenWriteAndAnswer: beyond };
}

/** Starts a child, kills it so long after its first acknowledgement, and returns the last one. */
async function lifeOfOne(file: string, lifeMs: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, file], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    if (text === "") setTimeout(() => child.kill("SIGKILL"), lifeMs);
    text += part;
  });
  await once(child, "close");
  // The last line may be cut: then it was not said.
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
  return Number(lines.at(-1));
}

/** The whole chain, looked at from its base. */
async function openWhole(file: string): Promise<void> {
  const { sign } = ledgerSigner(newLedgerKey());
  const engine = new SqliteLedger(file);
  await LedgerService.open({ engine, clock: systemClock, digest: sha256, sign, auditEntriesKept: 1_000 });
  engine.close();
}
