/** Tokens of the API and credentials of nodes: made of chance, kept as hashes, compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Snapshot } from "../core/ledger/snapshot.ts";

/** Who asks. */
export interface Principal {
  /** Written into entries as their author. */
  readonly id: string;
  readonly scopes: readonly string[];
}

/** A secret as its holder gets it, once, and as it is kept. */
export interface Minted {
  readonly token: string;
  readonly hash: string;
}

const SECRET_BYTES = 32;
const FORM = /^(apt|apn)_([A-Za-z0-9._-]{1,64})~([A-Za-z0-9_-]{43})$/;
const NOBODY = "0".repeat(64);

/** Makes a token (`apt`) or a node's credential (`apn`) for an id. */
export function mintSecret(kind: "apt" | "apn", id: string): Minted {
  const token = `${kind}_${id}~${randomBytes(SECRET_BYTES).toString("base64url")}`;
  return { token, hash: hashOf(token) };
}

/** Whether an id can stand in a token: 1 to 64 letters, digits, dots, hyphens and underscores. */
export function isId(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id);
}

/** Whose a bearer token is; undefined when it is nobody's. Takes the same time whether the id exists or not. */
export function principalOf(snapshot: Snapshot, authorization: string | undefined): Principal | undefined {
  const token = /^Bearer +(\S{1,200})$/i.exec(authorization ?? "")?.[1] ?? "";
  const [, kind, id = ""] = FORM.exec(token) ?? [];
  const record = kind === "apt" ? snapshot.tokens.get(id) : undefined;
  const member = kind === "apn" ? snapshot.members.get(id) : undefined;
  const isSame = isEqual(hashOf(token), record?.hash ?? member?.credentialHash ?? NOBODY);
  if (!isSame) return undefined;
  if (record !== undefined) return { id: `token:${id}`, scopes: record.scopes };
  return member === undefined ? undefined : { id: `node:${id}`, scopes: ["edge"] };
}

/** Whether somebody may do what needs one of the scopes; `admin` may do all but enrol. */
export function mayDo(principal: Principal, needed: readonly string[]): boolean {
  return (
    needed.some((scope) => principal.scopes.includes(scope)) ||
    (principal.scopes.includes("admin") && !needed.includes("join"))
  );
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
