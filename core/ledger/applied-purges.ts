/**
 * The purges that a node has applied, and which stored things they cover: a comparison of positions, whatever a purge
 * covers (DESIGN section 8, rules 1, 2, 3 and 9). Times become positions here: what was asked for at a time started at
 * the position that was applied then.
 */
import { hostOf } from "../config/host-pattern.ts";
import { filterHash } from "./key-filter.ts";
import { comparePositions, type Position } from "./position.ts";
import { PREFIX_SEGMENTS_MAX } from "./purge-value.ts";
import { type PurgeMark, type PurgeTable, purgeKey } from "./purges.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a purge may name of one stored response. */
export interface PurgeSubject {
  readonly site: string;
  /** In the form of `purgeUrl`: those under which clients ask for it. */
  readonly urls: readonly string[];
  /** With its port, unless that is the scheme's own. */
  readonly host: string;
  readonly tags: readonly string[];
}

/** The start of what a ledger says of purges. */
export type PurgeState = Pick<Snapshot, "position" | "purges" | "floor">;

/** What purges have made of a stored thing: gone (not even a validator), or stale since a time of control's clock. */
export type PurgeVerdict = "gone" | { readonly staleSinceMs: number };

interface Adoption {
  /** On the clock that requests to origins are stamped with, in milliseconds. */
  readonly momentMs: number;
  readonly position: Position;
}

interface Keys {
  readonly names: readonly string[];
  readonly hashes: Uint32Array;
}

/** What is remembered of a subject: under which keys it is purged, and with which tables none of that was later than a time. */
interface Looked {
  readonly keys: Keys;
  own: PurgeTable | undefined;
  every: PurgeTable | undefined;
  floor: Position | undefined;
  cleanFromMs: number;
}

/** Adoptions that are remembered; when there are more, every second one is forgotten, and what started there started earlier. */
const ADOPTIONS_MAX = 10_000;
/** Tables of purges that are not about one site. */
const EVERY_SITE = "*";

/** What one node has applied. */
export class AppliedPurges {
  #adoptions: Adoption[] = [];
  #tables: PurgeState["purges"] = new Map();
  #floor: Position | undefined;
  #floorAtMs = 0;
  readonly #subjects = new WeakMap<PurgeSubject, Looked>();
  /** When a site's purges changed last. */
  readonly #changedAtMs = new Map<string, number>();

  /** Whether nothing was ever purged. */
  get isEmpty(): boolean {
    return this.#tables.size === 0 && this.#floor === undefined;
  }

  /** Applies all purges up to the state's position; from `momentMs` on, requests to origins start there. */
  adopt({ position, purges, floor }: PurgeState, momentMs: number): void {
    if (purges === this.#tables && floor === this.#floor && this.#adoptions.length > 0) return;
    for (const [site, table] of purges) if (this.#tables.get(site) !== table) this.#changedAtMs.set(site, momentMs);
    for (const site of this.#changedAtMs.keys()) if (!purges.has(site)) this.#changedAtMs.delete(site);
    this.#tables = purges;
    if (floor !== this.#floor) this.#floorAtMs = momentMs;
    this.#floor = floor;
    this.#adoptions.push({ momentMs, position });
    if (this.#adoptions.length > ADOPTIONS_MAX) this.#adoptions = this.#adoptions.filter((_, index) => index % 2 === 0);
  }

  /** When purges that may be about a site were applied last; 0 for never. What began before is not joined after it. */
  lastOfSite(site: string): number {
    return Math.max(this.#floorAtMs, this.#changedAtMs.get(site) ?? 0, this.#changedAtMs.get(EVERY_SITE) ?? 0);
  }

  /** Whether a purge may cover what was asked for at `requestAtMs` of a site: quick, and no for all that is newer. */
  mayCover(site: string, requestAtMs: number): boolean {
    if (this.#floor !== undefined && isAfter(this.#floor, this.#startOf(requestAtMs))) return true;
    return this.#mayBeIn(site, requestAtMs) || this.#mayBeIn(EVERY_SITE, requestAtMs);
  }

  /** Whether a purge, hard or soft, covers what was asked for at `requestAtMs`. */
  covers(subject: PurgeSubject, requestAtMs: number, nowMs: number): boolean {
    return this.verdict(subject, requestAtMs, nowMs) !== undefined;
  }

  /** What the purges make of what was asked for at `requestAtMs`; undefined: none covers it. Quick for the same subject again. */
  verdict(subject: PurgeSubject, requestAtMs: number, nowMs: number): PurgeVerdict | undefined {
    const known = this.#looked(subject);
    const own = this.#tables.get(subject.site);
    const every = this.#tables.get(EVERY_SITE);
    const isSame = known.own === own && known.every === every && known.floor === this.#floor;
    if (isSame && requestAtMs >= known.cleanFromMs) return undefined;
    const start = this.#startOf(requestAtMs);
    if (this.#floor !== undefined && isAfter(this.#floor, start)) return "gone";
    let worst: PurgeVerdict | undefined;
    for (const table of [own, every]) {
      if (table === undefined || !this.#mayBeIn(table === own ? subject.site : EVERY_SITE, requestAtMs)) continue;
      const one = verdictIn(table, known.keys, { start, requestAtMs, nowMs });
      if (one === "gone") return one;
      worst = longest(worst, one);
    }
    const settles = Math.max(own?.settlesUntilMs ?? 0, every?.settlesUntilMs ?? 0) > requestAtMs;
    if (worst === undefined && !settles)
      Object.assign(known, { own, every, floor: this.#floor, cleanFromMs: requestAtMs });
    return worst;
  }

  #looked(subject: PurgeSubject): Looked {
    const known = this.#subjects.get(subject);
    if (known !== undefined) return known;
    const made: Looked = {
      ...{ keys: keysOf(subject), own: undefined, every: undefined, floor: undefined },
      cleanFromMs: Number.POSITIVE_INFINITY,
    };
    this.#subjects.set(subject, made);
    return made;
  }

  /** No when it was asked for after the last change, and nothing settles: then no mark can be later. */
  #mayBeIn(site: string, requestAtMs: number): boolean {
    const settlesUntilMs = this.#tables.get(site)?.settlesUntilMs;
    if (settlesUntilMs === undefined) return false;
    return requestAtMs <= (this.#changedAtMs.get(site) ?? 0) || settlesUntilMs > requestAtMs;
  }

  /** The position that was applied at a time, or an earlier one; undefined: none was. */
  #startOf(requestAtMs: number): Position | undefined {
    let from = 0;
    let to = this.#adoptions.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#adoptions[middle]?.momentMs ?? 0) <= requestAtMs) from = middle + 1;
      else to = middle;
    }
    return this.#adoptions[from - 1]?.position;
  }
}

/** Whether any purge of a table names a stored thing, however old both are. */
export function isNamedIn(table: PurgeTable, subject: PurgeSubject): boolean {
  const { names, hashes } = keysOf(subject);
  return [table.floor, ...names.map((key, index) => table.findKey(key, hashes[index] ?? 0))].some(
    (mark) => mark?.hard !== undefined || mark?.soft !== undefined,
  );
}

interface Asked {
  readonly start: Position | undefined;
  readonly requestAtMs: number;
  readonly nowMs: number;
}

function verdictIn(table: PurgeTable, { names, hashes }: Keys, asked: Asked): PurgeVerdict | undefined {
  let worst = verdictOf(table.floor, asked);
  if (table.size === 0 || worst === "gone") return worst;
  for (let index = 0; index < hashes.length; index += 1) {
    const mark = table.findKey(names[index] ?? "", hashes[index] ?? 0);
    const one = mark && verdictOf(mark, asked);
    if (one === "gone") return one;
    worst = longest(worst, one);
  }
  return worst;
}

/** The one that is stale for longer. */
function longest(a: PurgeVerdict | undefined, b: PurgeVerdict | undefined): PurgeVerdict | undefined {
  if (a === undefined || b === undefined || a === "gone" || b === "gone") return a ?? b;
  return b.staleSinceMs < a.staleSinceMs ? b : a;
}

/** Under what a table may name it. */
function keysOf({ urls, host, tags }: PurgeSubject): Keys {
  const keys = [purgeKey("host", host)];
  // A host without a port is all of its ports.
  if (hostOf(host) !== host) keys.push(purgeKey("host", hostOf(host)));
  for (const tag of tags) keys.push(purgeKey("tag", tag));
  for (const url of urls) {
    keys.push(purgeKey("url", url));
    for (const prefix of prefixesOf(url)) keys.push(purgeKey("prefix", prefix));
  }
  return { names: keys, hashes: Uint32Array.from(keys, filterHash) };
}

/** All prefixes of a URL that end at the border of a path segment (rule 10), with and without the slash there. */
function prefixesOf(url: string): readonly string[] {
  const path = url.split("?", 1)[0] ?? "";
  const prefixes: string[] = [];
  let at = path.indexOf("/", 2);
  for (let count = 0; at !== -1 && count <= PREFIX_SEGMENTS_MAX; count += 1) {
    prefixes.push(path.slice(0, at), path.slice(0, at + 1));
    at = path.indexOf("/", at + 1);
  }
  return [...prefixes, path];
}

function verdictOf(
  { hard, soft, softAtMs = 0, settleUntilMs = 0 }: PurgeMark,
  { start, requestAtMs, nowMs }: Asked,
): PurgeVerdict | undefined {
  if (hard !== undefined && isAfter(hard, start)) return "gone";
  if (soft !== undefined && isAfter(soft, start)) return { staleSinceMs: softAtMs };
  // Asked for while the origin itself could still give the old answer, and that time is over.
  if (requestAtMs >= settleUntilMs || nowMs < settleUntilMs) return undefined;
  return hard === undefined ? { staleSinceMs: settleUntilMs } : "gone";
}

function isAfter(position: Position, start: Position | undefined): boolean {
  return start === undefined || comparePositions(position, start) > 0;
}
