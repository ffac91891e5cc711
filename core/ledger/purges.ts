/**
 * The purges of one site: for each key the position of its last purge. Immutable to its readers; bounded: when there are
 * too many keys, the older half becomes a floor under which everything is stale (DESIGN rule 9).
 */
import { filterHash, KeyFilter } from "./key-filter.ts";
import { comparePositions, laterPosition, type Position, parsePosition, positionText } from "./position.ts";
import { isMembers, type Members, numberMember, textMember, textsMember } from "./read-json.ts";

/** What a purge covers. */
export type PurgeScope = "url" | "tag" | "prefix" | "host" | "site";

/** One purge as an entry says it. */
export interface Purge {
  readonly scope: PurgeScope;
  /** The URLs, tags, prefixes or hosts; empty for a site. */
  readonly values: readonly string[];
  readonly soft: boolean;
  /** For so long after the purge the origin itself may still give the old answer. */
  readonly settleSeconds: number;
}

/** The last purges of one key, or of everything. */
export interface PurgeMark {
  /** Older content is gone. */
  readonly hard?: Position;
  /** Older content is stale. */
  readonly soft?: Position;
  /** Since when, by control's clock. */
  readonly softAtMs?: number;
  /** Fills that begin before this time expire at it. */
  readonly settleUntilMs?: number;
}

/** Limits of a table. */
export interface PurgeLimits {
  readonly keysMax: number;
  /** Purges older than this go when room is needed: nothing is stored for longer. */
  readonly lifeMs: number;
}

/** The limits that hold for every node alike: the fold must give the same on each. */
export const PURGE_LIMITS: PurgeLimits = { keysMax: 100_000, lifeMs: 366 * 86_400_000 };

/** So many newer keys stand beside the others before they are merged. */
const RECENT_MAX = 1024;

/** Keys from which on a filter is worth its memory: 4 bytes a key. */
const FILTERED_FROM = 1024;

interface Kept extends PurgeMark {
  readonly atMs: number;
}

/** All purges of a site. */
export interface PurgeTable {
  readonly floor: PurgeMark;
  readonly size: number;
  /** No mark settles after it; 0 when none does. */
  readonly settlesUntilMs: number;
  /** The mark of a key, or undefined. */
  find(scope: PurgeScope, value: string): PurgeMark | undefined;
  /** The same for a key that `purgeKey` made before, with its hash. */
  findKey(key: string, hash: number): PurgeMark | undefined;
  /** The table with one more purge. */
  with(purge: Purge, at: { readonly position: Position; readonly atMs: number }): PurgeTable;
  /** As plain JSON, the oldest key first. */
  toJson(): PurgeTableJson;
}

/** A table as it is written to disk. */
export interface PurgeTableJson {
  readonly floor: readonly (string | number | null)[];
  readonly keys: readonly (readonly (string | number | null)[])[];
}

/** A table without purges. */
export function emptyPurges(limits: PurgeLimits = PURGE_LIMITS): PurgeTable {
  return new Table({ floor: {}, base: new Map(), recent: new Map(), limits, settlesUntilMs: 0 });
}

interface Parts {
  readonly floor: PurgeMark;
  readonly base: ReadonlyMap<string, Kept>;
  /** Newer than `base`, and stands above it. */
  readonly recent: ReadonlyMap<string, Kept>;
  readonly limits: PurgeLimits;
  readonly settlesUntilMs: number;
  /** Has all keys, and those of tables before and after this one, which share it. Absent: made of the keys, if they are many. */
  readonly filter?: KeyFilter | undefined;
}

class Table implements PurgeTable {
  readonly #parts: Parts;
  readonly #filter: KeyFilter | undefined;
  readonly size: number;

  constructor(parts: Parts) {
    this.#parts = parts;
    let both = 0;
    for (const key of parts.recent.keys()) if (parts.base.has(key)) both += 1;
    this.size = parts.base.size + parts.recent.size - both;
    this.#filter = parts.filter ?? filterOf(parts);
  }

  get settlesUntilMs(): number {
    return this.#parts.settlesUntilMs;
  }

  get floor(): PurgeMark {
    return this.#parts.floor;
  }

  find(scope: PurgeScope, value: string): PurgeMark | undefined {
    const key = purgeKey(scope, value);
    return this.findKey(key, filterHash(key));
  }

  findKey(key: string, hash: number): PurgeMark | undefined {
    if (this.#filter?.mayHave(hash) === false) return undefined;
    return this.#parts.recent.get(key) ?? this.#parts.base.get(key);
  }

  with(purge: Purge, at: { readonly position: Position; readonly atMs: number }): PurgeTable {
    const { floor, base, limits } = this.#parts;
    const settlesUntilMs = Math.max(
      this.settlesUntilMs,
      purge.settleSeconds > 0 ? at.atMs + purge.settleSeconds * 1000 : 0,
    );
    if (purge.scope === "site") {
      const raised = marked(floor, purge, at);
      if (purge.soft) return new Table({ ...this.#parts, floor: raised, settlesUntilMs });
      // It makes all marks before it needless, but those that still settle.
      const settling = [...this.#merged()].filter(([, mark]) => (mark.settleUntilMs ?? 0) > at.atMs);
      return new Table({ floor: raised, base: new Map(settling), recent: new Map(), limits, settlesUntilMs });
    }
    const recent = new Map(this.#parts.recent);
    const filter = this.#filter !== undefined && this.#filter.room >= purge.values.length ? this.#filter : undefined;
    for (const value of purge.values) {
      const key = purgeKey(purge.scope, value);
      filter?.add(filterHash(key));
      const mark = marked(recent.get(key) ?? base.get(key) ?? {}, purge, at);
      recent.delete(key);
      recent.set(key, { ...mark, atMs: at.atMs });
    }
    const next = new Table({ ...this.#parts, recent, settlesUntilMs, filter });
    if (next.size > limits.keysMax) return next.#bounded(at.atMs);
    return recent.size > RECENT_MAX
      ? new Table({ floor, limits, base: next.#merged(), recent: new Map(), settlesUntilMs, filter: next.#filter })
      : next;
  }

  toJson(): PurgeTableJson {
    const keys = [...this.#merged()].map(([key, mark]) => [key, mark.atMs, ...markJson(mark)]);
    return { floor: markJson(this.floor), keys };
  }

  /** All keys, the one purged longest ago first. */
  #merged(): Map<string, Kept> {
    const all = new Map(this.#parts.base);
    for (const [key, mark] of this.#parts.recent) {
      all.delete(key);
      all.set(key, mark);
    }
    return all;
  }

  /** First what is too old to matter goes; if that is not enough, the older half becomes the floor. */
  #bounded(nowMs: number): Table {
    const { limits } = this.#parts;
    const all = [...this.#merged()].filter(([, mark]) => nowMs - mark.atMs <= limits.lifeMs);
    let { floor } = this;
    if (all.length > limits.keysMax) {
      const older = all.splice(0, all.length - Math.floor(limits.keysMax / 2));
      for (const [, mark] of older) floor = joined(floor, mark);
    }
    return new Table({ floor, limits, base: new Map(all), recent: new Map(), settlesUntilMs: this.settlesUntilMs });
  }
}

/** A filter for many keys, with room for as many again. */
function filterOf({ base, recent }: Parts): KeyFilter | undefined {
  if (base.size < FILTERED_FROM) return undefined;
  const filter = new KeyFilter(2 * (base.size + recent.size));
  for (const keys of [base, recent]) for (const key of keys.keys()) filter.add(filterHash(key));
  return filter;
}

/** Reads a table of a snapshot; undefined when it is none. */
export function readPurges(value: unknown, limits: PurgeLimits = PURGE_LIMITS): PurgeTable | undefined {
  if (!isMembers(value) || !Array.isArray(value.keys) || !Array.isArray(value.floor)) return undefined;
  const rows: readonly unknown[] = value.keys;
  const base = new Map<string, Kept>();
  for (const row of rows) {
    if (!Array.isArray(row)) return undefined;
    const [key, atMs, ...mark]: readonly unknown[] = row;
    if (typeof key !== "string" || typeof atMs !== "number") return undefined;
    base.set(key, { ...readMark(mark), atMs });
  }
  const floor = readMark(value.floor);
  let settlesUntilMs = floor.settleUntilMs ?? 0;
  for (const mark of base.values()) settlesUntilMs = Math.max(settlesUntilMs, mark.settleUntilMs ?? 0);
  return new Table({ floor, base, recent: new Map(), limits, settlesUntilMs });
}

/** A purge of an entry's payload; undefined when it is none. */
export function readPurge(payload: unknown): Purge | undefined {
  if (!isMembers(payload)) return undefined;
  const scope = scopeOf(payload);
  const values = textsMember(payload, "values") ?? [];
  if (scope === undefined || (values.length === 0) !== (scope === "site")) return undefined;
  return {
    scope,
    values,
    soft: payload.soft === true,
    settleSeconds: Math.max(0, numberMember(payload, "settleSeconds") ?? 0),
  };
}

function scopeOf(payload: Members): PurgeScope | undefined {
  const scope = textMember(payload, "scope");
  switch (scope) {
    case "url":
    case "tag":
    case "prefix":
    case "host":
    case "site":
      return scope;
    default:
      return undefined;
  }
}

/** Under which a table keeps the marks of one thing. */
export function purgeKey(scope: PurgeScope, value: string): string {
  return `${scope}:${value}`;
}

function marked(mark: PurgeMark, purge: Purge, at: { readonly position: Position; readonly atMs: number }): PurgeMark {
  const settles = purge.settleSeconds > 0 ? { settleUntilMs: at.atMs + purge.settleSeconds * 1000 } : {};
  return joined(
    mark,
    purge.soft ? { soft: at.position, softAtMs: at.atMs, ...settles } : { hard: at.position, ...settles },
  );
}

/** The later of each. */
function joined(a: PurgeMark, b: PurgeMark): PurgeMark {
  const hard = laterPosition(a.hard, b.hard);
  const soft = laterPosition(a.soft, b.soft);
  const settleUntilMs = Math.max(a.settleUntilMs ?? 0, b.settleUntilMs ?? 0);
  // A soft purge before a hard one says nothing more.
  const isSoftLater = soft !== undefined && (hard === undefined || comparePositions(soft, hard) > 0);
  const softAtMs = (soft === b.soft ? b.softAtMs : a.softAtMs) ?? 0;
  return { ...(hard && { hard }), ...(isSoftLater && { soft, softAtMs }), ...(settleUntilMs > 0 && { settleUntilMs }) };
}

function markJson({ hard, soft, softAtMs, settleUntilMs }: PurgeMark): (string | number | null)[] {
  const positions = [hard ? positionText(hard) : null, soft ? positionText(soft) : null];
  return [...positions, settleUntilMs ?? null, ...(soft ? [softAtMs ?? 0] : [])];
}

function readMark(row: readonly unknown[]): PurgeMark {
  const [hardText, softText, settleUntilMs, softAtMs] = row;
  const hard = typeof hardText === "string" ? parsePosition(hardText) : undefined;
  const soft = typeof softText === "string" ? parsePosition(softText) : undefined;
  return {
    ...(hard && { hard }),
    ...(soft && { soft, softAtMs: typeof softAtMs === "number" ? softAtMs : 0 }),
    ...(typeof settleUntilMs === "number" && { settleUntilMs }),
  };
}
