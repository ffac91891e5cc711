/**
 * What the ledger remembers of purges beside their marks: those that are to come, and the idempotency keys of those that
 * were asked for. Both are folded from the log, so they survive restarts and are the same at every control.
 */
import { type Position, parsePosition, positionText } from "./position.ts";
import { type Purge, readPurge } from "./purges.ts";
import { isMembers, type Members, membersMember, numberMember, textMember } from "./read-json.ts";

/** A purge that is to come. */
export interface ScheduledPurge extends Purge {
  readonly id: string;
  readonly site: string;
  /** When, by control's clock. */
  readonly dueAtMs: number;
  readonly author: string;
}

/** A purge that was asked for under an idempotency key. */
export interface KeyedPurge {
  readonly position: Position;
  readonly atMs: number;
  /** Of what was asked for: the same key for something else is a mistake. */
  readonly digest: string;
}

/** What is remembered. Immutable. */
export interface PurgeBook {
  readonly scheduled: ReadonlyMap<string, ScheduledPurge>;
  /** Generations, the newest last. */
  readonly keys: readonly ReadonlyMap<string, KeyedPurge>[];
}

/** Keys of one generation, and generations that are kept: the newest 7,936 keys at least. */
const GENERATION_KEYS = 256;
const GENERATIONS_MAX = 32;

/** A book without anything in it. */
export const EMPTY_BOOK: PurgeBook = { scheduled: new Map(), keys: [] };

/** What was asked for under a key; undefined: nothing, or too long ago. */
export function keyedPurge({ keys }: PurgeBook, key: string): KeyedPurge | undefined {
  return keys.findLast((generation) => generation.has(key))?.get(key);
}

/** What an entry about a purge does to the book, and whether it purges now. */
export function bookEntry(
  book: PurgeBook,
  payload: Members,
  entry: { readonly position: Position; readonly at: number; readonly author: string; readonly site: string },
): { readonly book: PurgeBook; readonly purge: Purge | undefined } | undefined {
  const cancelled = textMember(payload, "cancels");
  if (cancelled !== undefined) return { book: withoutScheduled(book, cancelled), purge: undefined };
  const purge = readPurge(payload);
  if (purge === undefined) return undefined;
  const keyed = withKey(book, payload, entry);
  const { id, dueAtMs } = scheduleOf(payload);
  if (id !== undefined && dueAtMs !== undefined) {
    const one = { ...purge, id, dueAtMs, site: entry.site, author: entry.author };
    return { book: { ...keyed, scheduled: new Map(keyed.scheduled).set(id, one) }, purge: undefined };
  }
  const fired = textMember(payload, "fires");
  return { book: fired === undefined ? keyed : withoutScheduled(keyed, fired), purge };
}

function scheduleOf(payload: Members): { readonly id: string | undefined; readonly dueAtMs: number | undefined } {
  const schedule = membersMember(payload, "schedule");
  return { id: textMember(schedule, "id"), dueAtMs: numberMember(schedule, "at") };
}

function withoutScheduled(book: PurgeBook, id: string): PurgeBook {
  if (!book.scheduled.has(id)) return book;
  const scheduled = new Map(book.scheduled);
  scheduled.delete(id);
  return { ...book, scheduled };
}

function withKey(
  book: PurgeBook,
  payload: Members,
  { position, at }: { readonly position: Position; readonly at: number },
): PurgeBook {
  const asked = membersMember(payload, "key");
  const name = textMember(asked, "name");
  const digest = textMember(asked, "digest");
  if (name === undefined || digest === undefined) return book;
  const last = book.keys.at(-1);
  const isFull = last === undefined || last.size >= GENERATION_KEYS;
  const before = isFull ? book.keys.slice(1 - GENERATIONS_MAX) : book.keys.slice(0, -1);
  const newest = new Map(isFull ? [] : last).set(name, { position, atMs: at, digest });
  return { ...book, keys: [...before, newest] };
}

/** As plain JSON. */
export function bookJson({ scheduled, keys }: PurgeBook): object {
  return {
    scheduled: [...scheduled.values()].map((one) => ({ ...one })),
    keys: keys.map((generation) =>
      [...generation].map(([name, { position, atMs, digest }]) => [name, positionText(position), atMs, digest]),
    ),
  };
}

/** Reads a book; what is missing in it (of a version before it) is empty. Undefined: it is none. */
export function readBook(value: unknown): PurgeBook | undefined {
  if (value === undefined) return EMPTY_BOOK;
  if (!isMembers(value) || !Array.isArray(value.scheduled) || !Array.isArray(value.keys)) return undefined;
  const rows: readonly unknown[] = value.scheduled;
  const scheduled = new Map<string, ScheduledPurge>();
  for (const row of rows) {
    const one = readScheduled(row);
    if (one === undefined) return undefined;
    scheduled.set(one.id, one);
  }
  const generations: readonly unknown[] = value.keys;
  const keys = generations.map((rowsOfOne) => new Map(Array.isArray(rowsOfOne) ? rowsOfOne.flatMap(readKey) : []));
  return { scheduled, keys };
}

function readScheduled(row: unknown): ScheduledPurge | undefined {
  const purge = readPurge(row);
  if (purge === undefined || !isMembers(row)) return undefined;
  const id = textMember(row, "id");
  const site = textMember(row, "site");
  const author = textMember(row, "author");
  const dueAtMs = numberMember(row, "dueAtMs");
  if (id === undefined || site === undefined || author === undefined || dueAtMs === undefined) return undefined;
  return { ...purge, id, site, author, dueAtMs };
}

function readKey(row: unknown): (readonly [string, KeyedPurge])[] {
  if (!Array.isArray(row)) return [];
  const [name, text, atMs, digest]: readonly unknown[] = row;
  const position = typeof text === "string" ? parsePosition(text) : undefined;
  if (typeof name !== "string" || position === undefined || typeof atMs !== "number" || typeof digest !== "string")
    return [];
  return [[name, { position, atMs, digest }]];
}
