/** Cache groups (RFC 9875): names under which responses of one origin are invalidated together. */

import { combinedValue, type Fields } from "../http/fields.ts";
import { parseStringList } from "../http/structured.ts";

/** Groups of one field that count; the RFC asks for 32 at least. More of them and the field is ignored as a whole. */
export const GROUPS_PER_FIELD_MAX = 128;

/** The groups that a response belongs to. */
export function cacheGroups(fields: Fields): readonly string[] {
  return groupsIn(fields, "cache-groups");
}

/** The groups that the response to an unsafe request invalidates; the caller ignores it for safe ones (RFC 9875 §3). */
export function invalidatedGroups(fields: Fields): readonly string[] {
  return groupsIn(fields, "cache-group-invalidation");
}

const NONE: readonly string[] = [];

function groupsIn(fields: Fields, name: string): readonly string[] {
  const value = combinedValue(fields, name);
  const groups = value === undefined ? undefined : parseStringList(value);
  return groups === undefined || groups.length > GROUPS_PER_FIELD_MAX ? NONE : groups;
}
