/**
 * What a follower holds of the ledger, and what an event of the feed does to it. Pure. Entries are believed by their chain
 * and adopted only when a signed head vouches for them.
 */
import {
  type Digest,
  type Head,
  isVouchedFor,
  linkOf,
  readSealedEntry,
  readSignedHead,
  type SealedEntry,
  type SignedHead,
  type Verify,
} from "../core/ledger/chain.ts";
import { fold } from "../core/ledger/fold.ts";
import type { FeedEvent } from "../core/ledger/follow-ports.ts";
import { comparePositions, laterPosition, positionText } from "../core/ledger/position.ts";
import { isMembers, type Members, parseJson, textMember } from "../core/ledger/read-json.ts";
import type { Snapshot } from "../core/ledger/snapshot.ts";
import { readSnapshot, snapshotText } from "../core/ledger/snapshot-text.ts";

/** Entries that may wait for their signed head. */
export const WAITING_MAX = 10_000;

/** How a follower knows what is genuine. */
export interface Trust {
  readonly digest: Digest;
  readonly verify: Verify;
  /** The text of gzip in base64; undefined when it is none. Absent: compressed snapshots are not read. */
  gunzip?(base64: string): string | undefined;
}

/** What a follower holds. Immutable. */
export interface Followed {
  readonly snapshot: Snapshot;
  /** The signed head that vouches for the snapshot. */
  readonly head: SignedHead;
  /** The chain with what waits. */
  readonly tip: Head;
  readonly waiting: readonly SealedEntry[];
  /** Control said that its log goes on from this hash. */
  readonly continues?: string;
}

/** What an event did. */
export type FollowStep =
  /** There is a new state; `entries` led to it, or it came whole. */
  | { readonly kind: "adopted"; readonly followed: Followed; readonly entries?: readonly SealedEntry[] }
  /** Control vouched that what is held is the newest. */
  | { readonly kind: "confirmed"; readonly followed: Followed }
  | { readonly kind: "waiting"; readonly followed: Followed }
  | { readonly kind: "nothing" }
  /** Something is missing or of a new epoch: connect again. `proven` is a head that is ahead of what is held. */
  | { readonly kind: "resync"; readonly reason: string; readonly proven?: SignedHead }
  /** Control does not have what it vouched for: an old copy of itself, or another ledger. */
  | { readonly kind: "rolled-back"; readonly reason: string }
  /** Not signed by the key of the join token, or no event of a ledger at all. */
  | { readonly kind: "refused"; readonly reason: string };

/** What an event of the feed does to what is held (undefined: nothing yet). */
export function follow(held: Followed | undefined, event: FeedEvent, trust: Trust): FollowStep {
  switch (event.type) {
    case "snapshot":
      return snapshotStep(held, event.data, trust);
    case "entry":
      return held === undefined
        ? { kind: "resync", reason: "an entry before a snapshot" }
        : entryStep(held, event.data, trust);
    case "head":
      return held === undefined ? { kind: "nothing" } : headStep(held, event.data, trust);
    case "continues":
      return held === undefined ? { kind: "nothing" } : continuesStep(held, event.data);
    default:
      // Newer controls may say more.
      return { kind: "nothing" };
  }
}

function continuesStep(held: Followed, data: string): FollowStep {
  const message = parseJson(data);
  const continues = isMembers(message) ? textMember(message, "hash") : undefined;
  return { kind: "waiting", followed: { ...held, ...(continues !== undefined && { continues }) } };
}

/** The text of a snapshot, which may come compressed. */
function textOf(message: Members, { gunzip }: Trust): string | undefined {
  const compressed = textMember(message, "gzip");
  return compressed === undefined ? textMember(message, "snapshot") : gunzip?.(compressed);
}

/**
 * The state to adopt. When nobody vouches that it goes on from what is held, entries may be missing here that were folded
 * there, or the other way round: everything stored before is stale.
 */
function adoptable(held: Followed | undefined, snapshot: Snapshot, head: Head): Snapshot {
  if (held === undefined) return snapshot;
  const isContinued = held.continues === held.head.hash || head.hash === held.head.hash;
  const floor = laterPosition(held.snapshot.floor, isContinued ? snapshot.floor : snapshot.position);
  return { ...snapshot, floor };
}

function snapshotStep(held: Followed | undefined, data: string, trust: Trust): FollowStep {
  const message = parseJson(data);
  const head = isMembers(message) ? readSignedHead(message.head) : undefined;
  const text = isMembers(message) ? textOf(message, trust) : undefined;
  if (head === undefined || text === undefined || !isVouchedFor(head, trust.verify)) return UNSIGNED;
  if (head.snapshot !== trust.digest(text)) return { kind: "refused", reason: "the snapshot is not the signed one" };
  const snapshot = readSnapshot(text);
  if (snapshot === undefined)
    return { kind: "refused", reason: "the snapshot is of a form that this version does not read" };
  if (positionText(snapshot.position) !== positionText(head))
    return { kind: "refused", reason: "the snapshot is of another position than its head" };
  if (held !== undefined && isEarlierOrOther(head, held.head)) return rolledBack(head, held.head);
  return { kind: "adopted", followed: { snapshot: adoptable(held, snapshot, head), head, tip: head, waiting: [] } };
}

function entryStep(held: Followed, data: string, { digest }: Trust): FollowStep {
  const sealed = readSealedEntry(parseJson(data));
  if (sealed === undefined) return { kind: "refused", reason: "an entry that is none" };
  const link = linkOf(held.tip, sealed, digest);
  switch (link.kind) {
    case "follows":
      if (held.waiting.length >= WAITING_MAX)
        return { kind: "resync", reason: `${WAITING_MAX} entries without a signed head` };
      return { kind: "waiting", followed: { ...held, tip: link.head, waiting: [...held.waiting, sealed] } };
    case "known":
      return { kind: "nothing" };
    case "gap":
    case "other-epoch":
      return { kind: "resync", reason: `an entry that does not follow (${link.kind})` };
    case "forged":
      return { kind: "rolled-back", reason: `entry ${sealed.entry.seq} does not follow what is held` };
  }
}

function headStep(held: Followed, data: string, { verify }: Trust): FollowStep {
  const head = readSignedHead(parseJson(data));
  if (head === undefined || !isVouchedFor(head, verify)) return UNSIGNED;
  if (comparePositions(head, held.tip) > 0)
    return { kind: "resync", reason: "the head is ahead of the entries", proven: head };
  if (isEarlierOrOther(head, held.tip)) return rolledBack(head, held.tip);
  if (held.waiting.length === 0) return { kind: "confirmed", followed: { ...held, head } };
  const snapshot = fold(
    held.snapshot,
    held.waiting.map(({ entry }) => entry),
  );
  return { kind: "adopted", entries: held.waiting, followed: { snapshot, head, tip: held.tip, waiting: [] } };
}

const UNSIGNED: FollowStep = { kind: "refused", reason: "not signed by the key of the join token" };

function isEarlierOrOther(theirs: Head, ours: Head): boolean {
  const order = comparePositions(theirs, ours);
  return order < 0 || (order === 0 && theirs.hash !== ours.hash);
}

function rolledBack(theirs: Head, ours: Head): FollowStep {
  return {
    kind: "rolled-back",
    reason: `control is at ${positionText(theirs)}, but vouched for ${positionText(ours)} before`,
  };
}

/** The text that goes to disk. */
export function followedText({ snapshot, head }: Followed, digest: Digest): string {
  const text = snapshotText(snapshot);
  return JSON.stringify({ head, sum: digest(text), snapshot: text });
}

/** What was on disk; undefined when it is damaged or vouched for by another ledger's key. */
export function readFollowed(text: string, { digest, verify }: Trust): Followed | undefined {
  const saved = parseJson(text);
  if (!isMembers(saved)) return undefined;
  const head = readSignedHead(saved.head);
  const snapshotPart = textMember(saved, "snapshot") ?? "";
  if (head === undefined || !isVouchedFor(head, verify) || digest(snapshotPart) !== saved.sum) return undefined;
  const snapshot = readSnapshot(snapshotPart);
  if (snapshot === undefined || positionText(snapshot.position) !== positionText(head)) return undefined;
  return { snapshot, head, tip: head, waiting: [] };
}
