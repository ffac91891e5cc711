/** The entries of the ledger: every fact of control, who wrote it, and when. */
import type { Json } from "./canonical-json.ts";
import { isJson } from "./canonical-json.ts";
import { isEpoch } from "./position.ts";
import { isMembers, numberMember, textMember } from "./read-json.ts";

/** The closed list of what an entry can say. */
export const ENTRY_KINDS = [
  "site-version", // payload {config}: the site's config from now on; config null: the site is gone
  "purge", // payload {scope, values?, soft?, settleSeconds?, key?: {name, digest}, schedule?: {id, at}, fires?: id}, or {cancels: id}
  "enrol", // payload {id, role, credentialHash, at?, region?, advertise?}: a node joins, or comes back with a new credential
  "revoke", // payload {id}: a node is no longer one of ours
  "drain", // payload {id}: no new users for it
  "undrain", // payload {id}
  "token", // payload {id, hash, scopes, name?} gives a token; {id, revoked: true} takes it back
  "setting", // payload {settings}: settings that differ from the default
] as const;

/** What an entry says. */
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One fact. Immutable once appended. */
export interface Entry {
  readonly epoch: string;
  readonly seq: number;
  /** Milliseconds since the Unix epoch, by the clock of the control that wrote it. */
  readonly at: number;
  /** Who wrote it: the id of a token, or `control`. */
  readonly author: string;
  readonly kind: EntryKind;
  /** The site it is about. */
  readonly site?: string;
  readonly payload: Json;
}

/** What its author decides of an entry; the rest comes with its place in the log. */
export type Draft = Omit<Entry, "epoch" | "seq">;

/** Whether a text is the kind of an entry. */
export function isEntryKind(text: string): text is EntryKind {
  return ENTRY_KINDS.some((kind) => kind === text);
}

/** An entry of a value that came from outside; undefined when it is none. */
export function readEntry(value: unknown): Entry | undefined {
  if (!isMembers(value)) return undefined;
  const epoch = textMember(value, "epoch") ?? "";
  const seq = numberMember(value, "seq") ?? 0;
  const at = numberMember(value, "at");
  const author = textMember(value, "author");
  const kind = textMember(value, "kind") ?? "";
  const site = textMember(value, "site");
  const { payload } = value;
  if (!isEpoch(epoch) || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  if (at === undefined || author === undefined || !isEntryKind(kind) || !isJson(payload)) return undefined;
  const entry = { epoch, seq, at, author, kind, payload };
  return site === undefined ? entry : { ...entry, site };
}
