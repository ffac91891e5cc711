/** A snapshot as text and back: what goes to disk and over the feed. The same state gives the same text everywhere. */
import { canonicalJson, isJson } from "./canonical-json.ts";
import { readMember } from "./fold.ts";
import { type Position, parsePosition, positionText } from "./position.ts";
import { bookJson, readBook } from "./purge-book.ts";
import { type PurgeTable, readPurges } from "./purges.ts";
import {
  isMembers,
  type Members,
  membersMember,
  numberMember,
  parseJson,
  textMember,
  textsMember,
} from "./read-json.ts";
import { emptySnapshot, type Member, type SiteVersion, type Snapshot, type TokenRecord } from "./snapshot.ts";

/** Readers refuse other formats: they resync. */
const FORMAT = 1;

/** The text of a snapshot: canonical JSON. */
export function snapshotText(snapshot: Snapshot): string {
  const { position, at, sites, purges, purgeBook, floor, members, drains, tokens, settings, ignored } = snapshot;
  const text = canonicalJson({
    format: FORMAT,
    position: positionText(position),
    at,
    sites: mapped(sites, ({ version, ...rest }) => ({ ...rest, version: positionText(version) })),
    purges: mapped(purges, (table) => table.toJson()),
    purgeBook: bookJson(purgeBook),
    floor: floor && positionText(floor),
    members: mapped(members, ({ enrolled, ...rest }) => ({ ...rest, enrolled: positionText(enrolled) })),
    drains: [...drains].sort(),
    tokens: Object.fromEntries(tokens),
    settings,
    ignored,
  });
  if (text === undefined) throw new Error("a snapshot must be JSON");
  return text;
}

/** The snapshot of a text; undefined when any part of it is not what it should be. */
export function readSnapshot(text: string): Snapshot | undefined {
  const value = parseJson(text);
  if (!isMembers(value) || value.format !== FORMAT) return undefined;
  const position = positionMember(value, "position");
  const at = numberMember(value, "at");
  const drains = textsMember(value, "drains");
  const sites = readMap(membersMember(value, "sites"), readSite);
  const purges = readMap<PurgeTable>(membersMember(value, "purges"), (table) => readPurges(table));
  const members = readMap<Member>(membersMember(value, "members"), (member) => {
    const enrolled = positionMember(member, "enrolled");
    return enrolled && readMember(member, enrolled);
  });
  const tokens = readMap(membersMember(value, "tokens"), readToken);
  const settings = readMap(membersMember(value, "settings"), undefined);
  if (position === undefined || at === undefined || drains === undefined) return undefined;
  const purgeBook = readBook(value.purgeBook);
  if (purgeBook === undefined || !sites || !purges || !members || !tokens || !settings) return undefined;
  return {
    ...emptySnapshot(position.epoch),
    position,
    at,
    drains: new Set(drains),
    sites,
    purges,
    purgeBook,
    floor: positionMember(value, "floor"),
    members,
    tokens,
    settings: Object.fromEntries(settings),
    ignored: numberMember(value, "ignored") ?? 0,
  };
}

function readSite(value: Members): SiteVersion | undefined {
  const version = positionMember(value, "version");
  const at = numberMember(value, "at");
  const author = textMember(value, "author");
  const { config } = value;
  if (version === undefined || at === undefined || author === undefined || !isJson(config)) return undefined;
  return { version, at, author, config };
}

function readToken(value: Members): TokenRecord | undefined {
  const id = textMember(value, "id");
  const hash = textMember(value, "hash");
  const scopes = textsMember(value, "scopes");
  const name = textMember(value, "name");
  if (id === undefined || hash === undefined || scopes === undefined) return undefined;
  return { id, hash, scopes, ...(name !== undefined && { name }) };
}

function positionMember(from: Members, key: string): Position | undefined {
  return parsePosition(textMember(from, key) ?? "");
}

function mapped<V>(map: ReadonlyMap<string, V>, change: (value: V) => unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}

function readMap(from: Members, read: undefined): Map<string, number> | undefined;
function readMap<V>(from: Members, read: (value: Members) => V | undefined): Map<string, V> | undefined;
function readMap<V>(
  from: Members,
  read: ((value: Members) => V | undefined) | undefined,
): Map<string, V | number> | undefined {
  const map = new Map<string, V | number>();
  for (const [key, value] of Object.entries(from)) {
    const found =
      read === undefined ? (typeof value === "number" ? value : undefined) : isMembers(value) ? read(value) : undefined;
    if (found === undefined) return undefined;
    map.set(key, found);
  }
  return map;
}
