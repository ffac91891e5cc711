/** Opens the ledger of a data folder with its key and its first tokens. */

import type { FleetAuthority } from "../core/ledger/authority-port.ts";
import { isVouchedFor, readSignedHead, type Verify } from "../core/ledger/chain.ts";
import type { LedgerEngine } from "../core/ledger/ports.ts";
import type { Clock } from "../core/ports.ts";
import { joinTokenText } from "../fleet/join-token.ts";
import { type DataFolder, firstTokens, secretFile, writeSecret } from "./data-folder.ts";
import { LedgerService } from "./ledger-service.ts";

/** The runtime's part: an engine on a file, and the cryptography. */
export interface LedgerRuntime {
  openEngine(file: string): LedgerEngine;
  readonly digest: (text: string) => string;
  newKey(): string;
  signer(pem: string): { readonly sign: (text: string) => string; readonly publicKey: string };
  verifier(publicKey: string): Verify | undefined;
  newTlsKey(): string;
  authorityCertificate(key: string, nowMs: number): string;
  authority(key: string, certificate: string): FleetAuthority;
}

/** A ledger that is open. */
export interface OpenLedger {
  readonly ledger: LedgerService;
  readonly authority: FleetAuthority;
  vouchesFor(head: unknown): boolean;
  /** A token of the API was made or made anew: the text to show, and for the first two the file that holds it. */
  tokenMade(id: string, token: string): { readonly text: string; readonly file: string | undefined };
  close(): Promise<void>;
}

/** Opens or makes the ledger. Throws when the folder cannot be used. */
export async function openLedger(
  data: DataFolder,
  options: {
    readonly runtime: LedgerRuntime;
    readonly clock: Clock;
    readonly tlsFingerprint: string | undefined;
    readonly auditEntriesKept: number;
    readonly say: (line: string) => void;
  },
): Promise<OpenLedger> {
  const { runtime, clock, tlsFingerprint, auditEntriesKept, say } = options;
  const { sign, publicKey } = runtime.signer(secretFile(data.keyFile, runtime.newKey));
  const verify = runtime.verifier(publicKey);
  const engine = runtime.openEngine(data.ledgerFile);
  const ledger = await LedgerService.open({ engine, clock, digest: runtime.digest, sign, auditEntriesKept, say });
  const written = await firstTokens(data, ledger, { ledgerKey: publicKey, tlsFingerprint, nowMs: clock.nowMs() });
  const authorityKey = secretFile(data.authorityKeyFile, runtime.newTlsKey);
  const authorityCertificate = secretFile(data.authorityFile, () =>
    runtime.authorityCertificate(authorityKey, clock.nowMs()),
  );
  for (const file of written) say(`wrote ${file} (only its owner can read it)`);
  return {
    ledger,
    vouchesFor: (value) => {
      const head = readSignedHead(value);
      return head !== undefined && verify !== undefined && isVouchedFor(head, verify);
    },
    authority: runtime.authority(authorityKey, authorityCertificate),
    tokenMade: (id, token) => {
      const text = id === "join" ? joinTokenText({ secret: token, ledgerKey: publicKey, tlsFingerprint }) : token;
      const file = { join: data.joinTokenFile, admin: data.adminTokenFile }[id];
      if (file !== undefined) writeSecret(file, text);
      return { text, file };
    },
    close: async () => await engine.close(),
  };
}
