/** What differs between two configs: each place once, with what stands there before and after. */
import { canonicalJson, type Json } from "../ledger/canonical-json.ts";
import { keyPath } from "./problems.ts";

/** One place. Absent: there is nothing. */
export interface Difference {
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** The differences, in the order of the places. Lists are compared by place. */
export function configDiff(before: Json | undefined, after: Json | undefined, path = ""): readonly Difference[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => configDiff(before[name], after[name], keyPath(path, name)));
  }
  if (isList(before) && isList(after)) {
    const places = Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
    return places.flatMap((index) => configDiff(before[index], after[index], `${path}[${index}]`));
  }
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
