/**
 * The hash chain: each entry's hash covers the hash before it, so that one signed head vouches for the whole log.
 * Hashes and signatures come in as functions; they are SHA-256 and Ed25519 on every runtime.
 */
import { canonicalJson } from "./canonical-json.ts";
import { type Entry, readEntry } from "./entry.ts";
import { isEpoch, type Position } from "./position.ts";
import { isMembers, numberMember, textMember } from "./read-json.ts";

/** SHA-256 of the UTF-8 bytes of a text, in lower-case hexadecimal. */
export type Digest = (text: string) => string;

/** Signs the UTF-8 bytes of a text with Ed25519; base64url. */
export type Sign = (text: string) => string;

/** Whether a signature of a text is good. Never throws. */
export type Verify = (text: string, signature: string) => boolean;

/** Where a log ends. */
export interface Head extends Position {
  /** The hash of its last entry, or of its beginning. */
  readonly hash: string;
}

/** An entry with the hash of the chain up to and with it. */
export interface SealedEntry {
  readonly entry: Entry;
  readonly hash: string;
}

/** A head that control vouches for. */
export interface SignedHead extends Head {
  /** When it was signed, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** The hash of the snapshot's text at this head, where a snapshot goes with it. */
  readonly snapshot?: string;
  readonly signature: string;
}

/** The head of an epoch that has no entries yet. */
export function beginning(epoch: string, digest: Digest): Head {
  return { epoch, seq: 0, hash: digest(`antipode ledger 1\n${epoch}`) };
}

/** The hash of an entry that follows `before`. The payload counts by its own hash, so that it may travel apart. */
export function entryHash(before: string, entry: Entry, digest: Digest): string {
  const { payload, ...head } = entry;
  return digest(`antipode entry 1\n${before}\n${jsonOf({ ...head, payloadHash: digest(jsonOf(payload)) })}`);
}

/** Seals entries that follow `head`, in their order. */
export function sealEntries(head: Head, entries: readonly Entry[], digest: Digest): readonly SealedEntry[] {
  let { hash } = head;
  return entries.map((entry) => {
    hash = entryHash(hash, entry, digest);
    return { entry, hash };
  });
}

/** What an entry does to a log that ends at `head`. */
export type Link =
  | { readonly kind: "follows"; readonly head: Head }
  /** It is there already. */
  | { readonly kind: "known" }
  /** Entries are missing before it. */
  | { readonly kind: "gap" }
  /** It belongs to another epoch. */
  | { readonly kind: "other-epoch" }
  /** Its hash is not that of its content after `head`. */
  | { readonly kind: "forged" };

/** Looks whether a sealed entry is the next one. */
export function linkOf(head: Head, { entry, hash }: SealedEntry, digest: Digest): Link {
  if (entry.epoch !== head.epoch) return { kind: "other-epoch" };
  if (entry.seq <= head.seq) return { kind: "known" };
  if (entry.seq > head.seq + 1) return { kind: "gap" };
  if (entryHash(head.hash, entry, digest) !== hash) return { kind: "forged" };
  return { kind: "follows", head: { epoch: entry.epoch, seq: entry.seq, hash } };
}

/** Signs a head. */
export function signHead(
  head: Head,
  options: { readonly at: number; readonly snapshot?: string },
  sign: Sign,
): SignedHead {
  const { epoch, seq, hash } = head;
  const unsigned = { epoch, seq, hash, ...options };
  return { ...unsigned, signature: sign(signedText(unsigned)) };
}

/** Whether control vouches for a head. */
export function isVouchedFor(head: SignedHead, verify: Verify): boolean {
  const { signature, ...unsigned } = head;
  return verify(signedText(unsigned), signature);
}

/** A sealed entry of a value that came from outside; undefined when it is none. */
export function readSealedEntry(value: unknown): SealedEntry | undefined {
  if (!isMembers(value)) return undefined;
  const entry = readEntry(value.entry);
  const hash = textMember(value, "hash");
  return entry === undefined || hash === undefined ? undefined : { entry, hash };
}

/** A head of a value that came from outside; undefined when it is none. */
export function readHead(value: unknown): Head | undefined {
  if (!isMembers(value)) return undefined;
  const epoch = textMember(value, "epoch") ?? "";
  const seq = numberMember(value, "seq") ?? -1;
  const hash = textMember(value, "hash");
  return isEpoch(epoch) && Number.isSafeInteger(seq) && seq >= 0 && hash !== undefined
    ? { epoch, seq, hash }
    : undefined;
}

/** A signed head of a value that came from outside, its signature not yet looked at. */
export function readSignedHead(value: unknown): SignedHead | undefined {
  const head = readHead(value);
  if (head === undefined || !isMembers(value)) return undefined;
  const at = numberMember(value, "at");
  const signature = textMember(value, "signature");
  const snapshot = textMember(value, "snapshot");
  if (at === undefined || signature === undefined) return undefined;
  return { ...head, at, signature, ...(snapshot !== undefined && { snapshot }) };
}

function signedText(head: Omit<SignedHead, "signature">): string {
  return `antipode head 1\n${jsonOf(head)}`;
}

/** Canonical JSON of a value that is known to be JSON. */
function jsonOf(value: unknown): string {
  const text = canonicalJson(value);
  if (text === undefined) throw new Error("an entry of the ledger must be JSON and not too deep");
  return text;
}
