/** Vary: which request fields select among stored responses, and when two requests select the same (RFC 9111 §4.1). */
import { combinedValue, type FieldLine, type Fields, fieldValue, splitList } from "./fields.ts";
import { codingOrder, languageOrder, namesCodings, preferences } from "./preferences.ts";

/** Fields that we write ourselves, from what the key holds: whatever a client sends in them, the origin does not see it. */
const IN_THE_KEY: ReadonlySet<string> = new Set(["host", "x-forwarded-host", "x-forwarded-proto"]);
const OUR_PREFIX = "x-antipode-";

/** Fields that we write ourselves, differently for each request: a response that varies on them is for nobody else. */
const OF_ONE_REQUEST: ReadonlySet<string> = new Set([
  "x-forwarded-for",
  "via",
  "cdn-loop",
  "traceparent",
  "tracestate",
]);

/**
 * The fields that `Vary` names and that tell requests apart beyond their key: lower case, sorted, once each. `*` when
 * it contains a star; `request` when it names a field that is another one for each request.
 */
export function varyNames(response: Fields): readonly string[] | "*" | "request" {
  const value = combinedValue(response, "vary");
  if (value === undefined) return [];
  const names = new Set(splitList(value).map((name) => name.toLowerCase()));
  if (names.has("*")) return "*";
  for (const name of names) if (OF_ONE_REQUEST.has(name)) return "request";
  return [...names].filter((name) => !IN_THE_KEY.has(name) && !name.startsWith(OUR_PREFIX)).sort();
}

/** The request's values of the named fields, normalised: the selecting part of a stored response. */
export function varyValues(request: Fields, names: readonly string[]): readonly FieldLine[] {
  return names.map((name): FieldLine => [name, normalisedValue(request, name)]);
}

/** Whether a request selects the stored response (RFC 9111 §4.1). `response` is the stored head. */
export function selects(request: Fields, varyOn: readonly FieldLine[], response: Fields): boolean {
  return varyOn.every(([name, stored]) => {
    const same = normalisedValue(request, name) === stored;
    if (name === "accept-encoding") return same && acceptsCodingsOf(request, response);
    return same || (name === "accept-language" && prefersLanguageOf(request, response));
  });
}

/** Absent and present-but-empty are different values. */
const ABSENT = "\u0000absent";

function normalisedValue(request: Fields, name: string): string {
  const value = combinedValue(request, name);
  if (value === undefined) return ABSENT;
  if (name === "accept-encoding") return codingOrder(value);
  if (name === "accept-language") return languageOrder(value);
  // Lines combined, white space around list members taken out: neither changes the meaning of a list.
  return value.includes(",") ? splitList(value).join(",") : value;
}

/** What the normal form leaves out must not decide: a coding that it does not know has to be named. */
function acceptsCodingsOf(request: Fields, response: Fields): boolean {
  const codings = fieldValue(response, "content-encoding");
  if (codings === undefined || codings === "gzip" || codings === "br") return true;
  const accepted = combinedValue(request, "accept-encoding");
  return accepted === undefined || namesCodings(accepted, codings);
}

/**
 * A stored response in the one language that the client likes best is what the origin would select for it, so it may
 * be reused although the fields differ ("known to have identical semantics", RFC 9111 §4.1).
 */
function prefersLanguageOf(request: Fields, response: Fields): boolean {
  const language = fieldValue(response, "content-language")?.toLowerCase();
  const presented = combinedValue(request, "accept-language");
  if (presented === undefined || language === undefined || language.includes(",")) return false;
  const [best, next] = preferences(presented) ?? [];
  return best?.tag === language && best.quality > 0 && (next === undefined || next.quality < best.quality);
}
