/**
 * No-Vary-Search: which query parameters do not matter for a response (draft-ietf-httpbis-no-vary-search). Kept
 * parameters are compared byte by byte, stricter than the draft, which decodes them: that costs hits, never a wrong one.
 */
import { combinedValue, type Fields } from "../http/fields.ts";
import { type DictionaryValue, parseDictionary } from "../http/structured.ts";

/** How the query counts. The default, in which all of it does, is expressed by `undefined`. */
export interface SearchVariance {
  /** The listed names do not matter, or all but the listed ones. */
  readonly ignored: { readonly kind: "names" | "all-but"; readonly names: ReadonlySet<string> };
  readonly keyOrderMatters: boolean;
  /** Equal for equal variances. */
  readonly id: string;
}

/** What a response says; undefined when it says nothing, or nothing that can be read. */
export function searchVariance(fields: Fields): SearchVariance | undefined {
  const value = combinedValue(fields, "no-vary-search");
  const dictionary = value === undefined ? undefined : parseDictionary(value);
  if (dictionary === undefined) return undefined;
  const keyOrder = dictionary.get("key-order");
  if (keyOrder !== undefined && keyOrder.kind !== "boolean") return undefined;
  const ignored = ignoredNames(dictionary.get("params"), dictionary.get("except"));
  if (ignored === undefined) return undefined;
  const keyOrderMatters = keyOrder?.value !== true;
  if (keyOrderMatters && ignored.kind === "names" && ignored.names.size === 0) return undefined;
  const id = JSON.stringify([ignored.kind, [...ignored.names].sort(), keyOrderMatters]);
  return { ignored, keyOrderMatters, id };
}

function ignoredNames(
  params: DictionaryValue | undefined,
  except: DictionaryValue | undefined,
): SearchVariance["ignored"] | undefined {
  const all = params?.kind === "boolean" && params.value;
  if (except !== undefined) {
    const names = all ? namesOf(except) : undefined;
    return names && { kind: "all-but", names };
  }
  if (all) return { kind: "all-but", names: new Set() };
  if (params === undefined || params.kind === "boolean") return { kind: "names", names: new Set() };
  const names = namesOf(params);
  return names && { kind: "names", names };
}

function namesOf(value: DictionaryValue): ReadonlySet<string> | undefined {
  if (value.kind !== "list") return undefined;
  const names = new Set<string>();
  for (const member of value.value) {
    if (member.kind !== "string") return undefined;
    names.add(decodedName(member.value));
  }
  return names;
}

/** The target without the parameters that do not matter: equal for targets that are the same resource. */
export function significantTarget(target: string, variance: SearchVariance): string {
  const mark = target.indexOf("?");
  if (mark === -1) return target;
  const { ignored, keyOrderMatters } = variance;
  const kept: Parameter[] = [];
  for (const text of target.slice(mark + 1).split("&")) {
    if (text === "") continue;
    const name = decodedName(text.split("=", 1)[0] ?? "");
    if (ignored.names.has(name) === (ignored.kind === "all-but")) kept.push({ name, text });
  }
  const path = target.slice(0, mark);
  if (kept.length === 0) return path;
  return `${path}?${(keyOrderMatters ? kept : kept.toSorted(byName)).map(({ text }) => text).join("&")}`;
}

interface Parameter {
  readonly name: string;
  readonly text: string;
}

/** The order of several values of one name stays. */
function byName(left: Parameter, right: Parameter): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

/** A name as forms encode it. One that is no UTF-8 stays as it is written, and so never equals another one's. */
function decodedName(written: string): string {
  try {
    return decodeURIComponent(written.replaceAll("+", " "));
  } catch {
    return written;
  }
}
