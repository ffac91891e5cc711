/** Opens the ledger of a data folder with its key and its first tokens. */
import { isVouchedFor, readSignedHead, type Verify } from "../core/ledger/chain.ts";
import type { LedgerEngine } from "../core/ledger/ports.ts";
import type { Clock } from "../core/ports.ts";
import { firstTokens, openDataFolder, secretFile } from "./data-folder.ts";
import { LedgerService } from "./ledger-service.ts";

/** The runtime's part: an engine on a file, and the cryptography. */
export interface LedgerRuntime {
  openEngine(file: string): LedgerEngine;
  readonly digest: (text: string) => string;
  newKey(): string;
  signer(pem: string): { readonly sign: (text: string) => string; readonly publicKey: string };
  verifier(publicKey: string): Verify | undefined;
}

/** A ledger that is open. */
export interface OpenLedger {
  readonly ledger: LedgerService;
  vouchesFor(head: unknown): boolean;
  close(): Promise<void>;
}

/** Opens or makes the ledger. Throws when the folder cannot be used. */
export async function openLedger(
  folder: string,
  options: {
    readonly runtime: LedgerRuntime;
    readonly clock: Clock;
    readonly tlsFingerprint: string | undefined;
    readonly say: (line: string) => void;
  },
): Promise<OpenLedger> {
  const { runtime, clock, tlsFingerprint, say } = options;
  const data = openDataFolder(folder);
  const { sign, publicKey } = runtime.signer(secretFile(data.keyFile, runtime.newKey));
  const verify = runtime.verifier(publicKey);
  const engine = runtime.openEngine(data.ledgerFile);
  const ledger = await LedgerService.open({ engine, clock, digest: runtime.digest, sign });
  const written = await firstTokens(data, ledger, { ledgerKey: publicKey, tlsFingerprint, nowMs: clock.nowMs() });
  for (const file of written) say(`wrote ${file} (only its owner can read it)`);
  return {
    ledger,
    vouchesFor: (value) => {
      const head = readSignedHead(value);
      return head !== undefined && verify !== undefined && isVouchedFor(head, verify);
    },
    close: async () => await engine.close(),
  };
}
