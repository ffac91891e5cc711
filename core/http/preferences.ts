/**
 * Accept-Encoding and Accept-Language in one form for all texts that mean the same. Weights say only what is liked
 * better than what (RFC 9110 §12.4.2), so the form is an order: `br=gzip>deflate`. A text whose weights cannot be read
 * stays as it is.
 */

import { remembering } from "../remembering.ts";
import { splitList } from "./fields.ts";

/** One member of a list, in lower case, with its weight from 0 (not wanted) to 1. */
export interface Preference {
  readonly tag: string;
  readonly quality: number;
}

/** Registered content codings. An origin that answers in another one is asked once for each text that names it. */
const CODINGS: readonly string[] = ["br", "compress", "dcb", "dcz", "deflate", "gzip", "zstd"];
const KNOWN_CODINGS: ReadonlySet<string> = new Set([...CODINGS, "identity"]);
/** RFC 9110 §8.4.1: two names for one coding. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["x-gzip", "gzip"],
  ["x-compress", "compress"],
]);

const WEIGHT = /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/;

/** The members of a list, the best liked first; undefined when a weight cannot be read, or a member has two. */
export function preferences(value: string): readonly Preference[] | undefined {
  const byTag = new Map<string, number>();
  for (const member of splitList(value)) {
    const [tag = "", ...parameters] = member.toLowerCase().split(";");
    const weight = parameters.map((part) => part.trim()).find((part) => part.startsWith("q="));
    if (weight !== undefined && !WEIGHT.test(weight.slice(2))) return undefined;
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    const name = tag.trim();
    if ((byTag.get(name) ?? quality) !== quality) return undefined;
    byTag.set(name, quality);
  }
  return [...byTag].map(([tag, quality]) => ({ tag, quality })).sort(byQuality);
}

/** By weight and then by name: order among equals has no meaning (RFC 9110 §12.5.3, §12.5.4). */
function byQuality(a: Preference, b: Preference): number {
  return b.quality - a.quality || (a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0);
}

/**
 * Which registered codings a client takes, in its order. Others say nothing; `identity` counts only where it is liked
 * better than a coding, or not taken at all; `*` stands for the codings that are not named (RFC 9110 §12.5.3).
 */
export const codingOrder: (value: string) => string = remembering((value) => {
  const listed = preferences(value);
  if (listed === undefined) return value;
  const weights = new Map<string, number>();
  for (const { tag, quality } of listed) {
    const name = ALIASES.get(tag) ?? tag;
    weights.set(name, Math.max(quality, weights.get(name) ?? 0));
  }
  const others = weights.get("*") ?? 0;
  const taken = CODINGS.map((tag): Preference => ({ tag, quality: weights.get(tag) ?? others })).filter(isWanted);
  const least = Math.min(...taken.map(({ quality }) => quality));
  const identity = weights.get("identity") ?? (weights.get("*") === 0 ? 0 : undefined);
  if (identity !== undefined && identity > least) taken.push({ tag: "identity", quality: identity });
  const order = taken.length === 0 ? "identity" : orderText(taken.sort(byQuality));
  return identity === 0 ? `${order}>!identity` : order;
});

/** The languages that a client reads, in its order; those that it refuses stand at the end. */
export const languageOrder: (value: string) => string = remembering((value) => {
  const listed = preferences(value);
  if (listed === undefined) return value;
  const refused = listed.filter((preference) => !isWanted(preference)).map(({ tag }) => `!${tag}`);
  return [orderText(listed.filter(isWanted)), ...refused].join(">");
});

function isWanted({ quality }: Preference): boolean {
  return quality > 0;
}

/** `a=b>c`: a and b alike, c less. */
function orderText(sorted: readonly Preference[]): string {
  let text = "";
  let before: number | undefined;
  for (const { tag, quality } of sorted) {
    text += before === undefined ? tag : `${quality === before ? "=" : ">"}${tag}`;
    before = quality;
  }
  return text;
}

/** Whether a response in these codings may answer clients of one order: a coding that no order holds must be named. */
export function namesCodings(accepted: string, codings: string): boolean {
  const unknown = splitList(codings.toLowerCase()).filter(
    (coding) => !KNOWN_CODINGS.has(ALIASES.get(coding) ?? coding),
  );
  if (unknown.length === 0) return true;
  const named = preferences(accepted)?.filter(isWanted) ?? [];
  return unknown.every((coding) => named.some(({ tag }) => tag === coding));
}
