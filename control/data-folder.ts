/** Control's data folder: the ledger's key, and on the first start the two tokens, readable by its owner only. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { joinTokenText, parseJoinToken } from "../fleet/join-token.ts";
import type { LedgerService } from "./ledger-service.ts";
import { mintSecret } from "./secrets.ts";

/** Where things lie in the folder. */
export interface DataFolder {
  readonly ledgerFile: string;
  readonly keyFile: string;
  readonly adminTokenFile: string;
  readonly joinTokenFile: string;
  readonly authorityKeyFile: string;
  readonly authorityFile: string;
  readonly tlsKeyFile: string;
  readonly tlsFile: string;
}

/** Makes the folder where there is none. Throws when it cannot. */
export function openDataFolder(folder: string): DataFolder {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    if (!statSync(folder).isDirectory()) throw new Error("it is a file");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${folder} cannot hold the ledger (${why}); name a folder that this user may write to`);
  }
  const at = (name: string) => join(folder, name);
  return {
    ledgerFile: at("ledger.sqlite"),
    keyFile: at("ledger.key"),
    adminTokenFile: at("admin.token"),
    joinTokenFile: at("join.token"),
    authorityKeyFile: at("authority.key"),
    authorityFile: at("authority.crt"),
    tlsKeyFile: at("tls.key"),
    tlsFile: at("tls.crt"),
  };
}

/** The content of a secret file; made by `make` and written first where there is none. */
export function secretFile(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const text = make();
  writeSecret(file, text);
  return text;
}

/** Sees that there are tokens to begin with. Returns the files that were written, for the operator to be told. */
export async function firstTokens(
  { adminTokenFile, joinTokenFile }: DataFolder,
  ledger: LedgerService,
  trust: { readonly ledgerKey: string; readonly tlsFingerprint: string | undefined; readonly nowMs: number },
): Promise<readonly string[]> {
  const written: string[] = [];
  const known = (id: string) => ledger.snapshot.tokens.has(id);
  // The file first: after a crash in between, the token is made once more.
  if (!known("admin")) {
    const { token, hash } = mintSecret("apt", "admin");
    writeSecret(adminTokenFile, token);
    await addToken(ledger, { id: "admin", hash, scopes: ["admin"], nowMs: trust.nowMs });
    written.push(adminTokenFile);
  }
  const { ledgerKey, tlsFingerprint } = trust;
  if (!known("join")) {
    const { token: secret, hash } = mintSecret("apt", "join");
    writeSecret(joinTokenFile, joinTokenText({ secret, ledgerKey, tlsFingerprint }));
    await addToken(ledger, { id: "join", hash, scopes: ["join"], nowMs: trust.nowMs });
    written.push(joinTokenFile);
    return written;
  }
  // The certificate may be another since.
  const present = existsSync(joinTokenFile) ? parseJoinToken(readFileSync(joinTokenFile, "utf8")) : undefined;
  if (present !== undefined && (present.tlsFingerprint !== tlsFingerprint || present.ledgerKey !== ledgerKey)) {
    writeSecret(joinTokenFile, joinTokenText({ ...present, ledgerKey, tlsFingerprint }));
    written.push(joinTokenFile);
  }
  return written;
}

interface FirstToken {
  readonly id: string;
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
}

async function addToken(ledger: LedgerService, { id, hash, scopes, nowMs }: FirstToken): Promise<void> {
  const payload = { id, hash, scopes };
  await ledger.write(() => ({ kind: "write", drafts: [{ at: nowMs, author: "control", kind: "token", payload }] }));
}

/** Whole or not at all, and only its owner may read it. */
export function writeSecret(file: string, text: string): void {
  const beside = `${file}.new`;
  const descriptor = openSync(beside, "w", 0o600);
  try {
    writeSync(descriptor, `${text}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
}
