/** The state that the ledger says: what a fold over its entries gives. Immutable: adopting another is one assignment. */
import type { Json } from "./canonical-json.ts";
import type { Position } from "./position.ts";
import { EMPTY_BOOK, type PurgeBook } from "./purge-book.ts";
import type { PurgeTable } from "./purges.ts";

/** One version of a site's config. */
export interface SiteVersion {
  /** Where it stands in the ledger; `epoch:seq` of it is also its ETag. */
  readonly version: Position;
  readonly at: number;
  readonly author: string;
  /** As its owner wrote it, checked by control; every node checks it again. */
  readonly config: Json;
}

/** The roles that follow the ledger. */
export type MemberRole = "edge" | "router";

/** A node that has joined. */
export interface Member {
  readonly id: string;
  readonly role: MemberRole;
  /** SHA-256 of its credential, in hexadecimal. */
  readonly credentialHash: string;
  /** Latitude and longitude in degrees. */
  readonly at?: readonly [number, number];
  readonly region?: string;
  /** Where users and nodes reach it: a URL, then addresses. */
  readonly advertise?: readonly string[];
  readonly enrolled: Position;
}

/** A token of the API: only its hash is known. */
export interface TokenRecord {
  readonly id: string;
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
  readonly scopes: readonly string[];
  readonly name?: string;
}

/** The state at one position. */
export interface Snapshot {
  readonly position: Position;
  /** Of the last entry; the clock of control, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly sites: ReadonlyMap<string, SiteVersion>;
  /** By site; `*` holds the purges that are not about one site. */
  readonly purges: ReadonlyMap<string, PurgeTable>;
  /** Purges to come, and the idempotency keys of those that were. */
  readonly purgeBook: PurgeBook;
  /** Everything stored before it is stale, on every site: set when entries may have been lost. */
  readonly floor: Position | undefined;
  readonly members: ReadonlyMap<string, Member>;
  readonly drains: ReadonlySet<string>;
  readonly tokens: ReadonlyMap<string, TokenRecord>;
  /** What differs from the defaults of the settings table. */
  readonly settings: Readonly<Record<string, number>>;
  /** Entries whose payload this version does not understand; they change nothing. */
  readonly ignored: number;
}

/** The state of a ledger without entries. */
export function emptySnapshot(epoch: string): Snapshot {
  return {
    position: { epoch, seq: 0 },
    at: 0,
    sites: new Map(),
    purges: new Map(),
    purgeBook: EMPTY_BOOK,
    floor: undefined,
    members: new Map(),
    drains: new Set(),
    tokens: new Map(),
    settings: {},
    ignored: 0,
  };
}

/** The same state at the beginning of a new epoch. With `lost`, entries of the old one may be missing: all stored before is stale. */
export function withNewEpoch(snapshot: Snapshot, epoch: string, history: "whole" | "lost"): Snapshot {
  const position = { epoch, seq: 0 };
  return { ...snapshot, position, floor: history === "lost" ? position : snapshot.floor };
}
