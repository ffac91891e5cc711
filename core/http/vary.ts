/** Vary: which request fields select among stored responses, and when two requests select the same (RFC 9111 §4.1). */
import { combinedValue, type FieldLine, type Fields, fieldValue, splitList } from "./fields.ts";

/** The fields that `Vary` names: lower case, sorted, once each; `*` when it contains a star. */
export function varyNames(response: Fields): readonly string[] | "*" {
  const value = combinedValue(response, "vary");
  if (value === undefined) return [];
  const names = new Set(splitList(value).map((name) => name.toLowerCase()));
  return names.has("*") ? "*" : [...names].sort();
}

/** The request's values of the named fields, normalised: the selecting part of a stored response. */
export function varyValues(request: Fields, names: readonly string[]): readonly FieldLine[] {
  return names.map((name): FieldLine => [name, normalisedValue(request, name)]);
}

/** Whether a request selects the stored response (RFC 9111 §4.1). `response` is the stored head. */
export function selects(request: Fields, varyOn: readonly FieldLine[], response: Fields): boolean {
  return varyOn.every(([name, stored]) => {
    const presented = normalisedValue(request, name);
    return presented === stored || (name === "accept-language" && prefersLanguageOf(presented, response));
  });
}

/** Absent and present-but-empty are different values. */
const ABSENT = "\u0000absent";

function normalisedValue(request: Fields, name: string): string {
  const value = combinedValue(request, name);
  if (value === undefined) return ABSENT;
  if (name === "accept-language") return normalisedPreferences(value);
  if (name === "accept-encoding") return normalisedPreferences(value);
  // Lines combined, white space around list members taken out: neither changes the meaning of a list.
  return value.includes(",") ? splitList(value).join(",") : value;
}

interface Preference {
  readonly tag: string;
  readonly quality: number;
}

/** Members in lower case, ordered by weight and then by name: order among equals has no meaning (RFC 9110 §12.5.4). */
function normalisedPreferences(value: string): string {
  return preferences(value)
    .map(({ tag, quality }) => (quality === 1 ? tag : `${tag};q=${quality}`))
    .join(",");
}

function preferences(value: string): readonly Preference[] {
  return splitList(value)
    .map((member): Preference => {
      const [tag = "", ...parameters] = member
        .toLowerCase()
        .split(";")
        .map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      const quality = weight === undefined ? 1 : Number(weight);
      return { tag, quality: Number.isFinite(quality) ? Math.min(1, Math.max(0, quality)) : 1 };
    })
    .sort((a, b) => b.quality - a.quality || (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0));
}

/**
 * A stored response in the one language that the client likes best is what the origin would select for it, so it may
 * be reused although the fields differ ("known to have identical semantics", RFC 9111 §4.1).
 */
function prefersLanguageOf(presented: string, response: Fields): boolean {
  const language = fieldValue(response, "content-language")?.toLowerCase();
  if (language === undefined || language.includes(",")) return false;
  const [best, next] = preferences(presented);
  return best?.tag === language && best.quality > 0 && (next === undefined || next.quality < best.quality);
}
