/** From entries to state. Pure and total: an entry that is not understood changes nothing but a counter. */

import { unreachable } from "../unreachable.ts";
import type { Entry } from "./entry.ts";
import { bookEntry } from "./purge-book.ts";
import { emptyPurges } from "./purges.ts";
import { isMembers, type Members, textMember, textsMember } from "./read-json.ts";
import type { Member, MemberRole, Snapshot } from "./snapshot.ts";

/** Where purges stand that are about no single site. */
export const EVERY_SITE = "*";

/** The state after `entries`, which follow the snapshot in order. */
export function fold(snapshot: Snapshot, entries: Iterable<Entry>): Snapshot {
  let state = snapshot;
  for (const entry of entries) {
    const payload: Members = isMembers(entry.payload) ? entry.payload : {};
    const changed = changeOf(state, entry, payload);
    state = {
      ...state,
      ...(changed ?? { ignored: state.ignored + 1 }),
      position: { epoch: entry.epoch, seq: entry.seq },
      at: entry.at,
    };
  }
  return state;
}

type Change = Partial<Snapshot> | undefined;

function changeOf(state: Snapshot, entry: Entry, payload: Members): Change {
  switch (entry.kind) {
    case "site-version":
      return siteChange(state, entry, payload);
    case "purge":
      return purgeChange(state, entry, payload);
    case "enrol":
      return enrolChange(state, entry, payload);
    case "revoke":
      return withId(payload, (id) => ({
        members: without(state.members, id),
        drains: withoutMember(state.drains, id),
      }));
    case "drain":
      return withId(payload, (id) => ({ drains: new Set([...state.drains, id]) }));
    case "undrain":
      return withId(payload, (id) => ({ drains: withoutMember(state.drains, id) }));
    case "token":
      return withId(payload, (id) => tokenChange(state, id, payload));
    case "setting":
      return settingChange(state, payload);
    default:
      return unreachable(entry.kind);
  }
}

function siteChange(
  { sites }: Snapshot,
  { site, at, author, epoch, seq, payload: whole }: Entry,
  payload: Members,
): Change {
  if (site === undefined || !isMembers(whole) || whole.config === undefined) return undefined;
  if (payload.config === null) return { sites: without(sites, site) };
  const config = whole.config;
  return { sites: new Map(sites).set(site, { version: { epoch, seq }, at, author, config }) };
}

function purgeChange({ purges, purgeBook }: Snapshot, entry: Entry, payload: Members): Change {
  const { site = EVERY_SITE, at, author, epoch, seq } = entry;
  const position = { epoch, seq };
  const booked = bookEntry(purgeBook, payload, { position, at, author, site });
  if (booked === undefined) return undefined;
  const { book, purge } = booked;
  if (purge === undefined) return { purgeBook: book };
  const table = (purges.get(site) ?? emptyPurges()).with(purge, { position, atMs: at });
  return { purges: new Map(purges).set(site, table), purgeBook: book };
}

function enrolChange({ members }: Snapshot, { epoch, seq }: Entry, payload: Members): Change {
  const member = readMember(payload, { epoch, seq });
  return member && { members: new Map(members).set(member.id, member) };
}

/** A member of an entry's payload or of a snapshot; undefined when it is none. */
export function readMember(from: Members, enrolled: Member["enrolled"]): Member | undefined {
  const id = textMember(from, "id");
  const role = roleOf(textMember(from, "role"));
  const credentialHash = textMember(from, "credentialHash");
  if (id === undefined || role === undefined || credentialHash === undefined) return undefined;
  const at = placeOf(from.at);
  const region = textMember(from, "region");
  const advertise = textsMember(from, "advertise");
  const where = { ...(at && { at }), ...(region !== undefined && { region }), ...(advertise && { advertise }) };
  return { id, role, credentialHash, enrolled, ...where };
}

function roleOf(text: string | undefined): MemberRole | undefined {
  return text === "edge" || text === "router" ? text : undefined;
}

function placeOf(value: unknown): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [latitude, longitude]: readonly unknown[] = value;
  return typeof latitude === "number" && typeof longitude === "number" ? [latitude, longitude] : undefined;
}

function tokenChange({ tokens }: Snapshot, id: string, payload: Members): Change {
  if (payload.revoked === true) return { tokens: without(tokens, id) };
  const hash = textMember(payload, "hash");
  const scopes = textsMember(payload, "scopes");
  const name = textMember(payload, "name");
  if (hash === undefined || scopes === undefined) return undefined;
  return { tokens: new Map(tokens).set(id, { id, hash, scopes, ...(name !== undefined && { name }) }) };
}

function settingChange(_state: Snapshot, payload: Members): Change {
  const { settings } = payload;
  if (!isMembers(settings)) return undefined;
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== "number") return undefined;
    numbers[name] = value;
  }
  return { settings: numbers };
}

function withId(payload: Members, change: (id: string) => Change): Change {
  const id = textMember(payload, "id");
  return id === undefined ? undefined : change(id);
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

function withoutMember(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return new Set([...set].filter((one) => one !== member));
}
