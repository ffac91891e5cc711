/** Cache tags: what a response may be purged by, from Cache-Tag (commas) and Surrogate-Key (spaces). */
import { type Fields, fieldValues } from "../http/fields.ts";

/** How many tags one response may carry, and how long they may be together. */
export interface TagLimits {
  readonly tagsPerResponseMax: number;
  readonly tagsPerResponseMaxBytes: number;
}

/**
 * The tags of a response, each once, case-sensitive. "over-limit" when there are too many: such a response is not stored,
 * since a list that was cut would make purges miss it.
 */
export function responseTags(fields: Fields, limits: TagLimits): readonly string[] | "over-limit" {
  const tags = new Set<string>();
  let bytes = 0;
  for (const [name, splitter] of TAG_FIELDS) {
    for (const value of fieldValues(fields, name)) {
      for (const part of value.split(splitter)) {
        const tag = part.trim();
        if (tag === "" || tags.has(tag)) continue;
        tags.add(tag);
        bytes += tag.length;
        if (tags.size > limits.tagsPerResponseMax || bytes > limits.tagsPerResponseMaxBytes) return "over-limit";
      }
    }
  }
  return [...tags];
}

const TAG_FIELDS: readonly (readonly [name: string, splitter: string])[] = [
  ["cache-tag", ","],
  ["surrogate-key", " "],
];
