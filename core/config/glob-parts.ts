/** A glob taken apart into characters and the wildcards between them. */

/** What a wildcard between two characters may stand for. */
export type Gap = "none" | "segment" | "any";

/** A glob in parts: characters to be met one by one, and the wildcards before, between and after them. */
export interface ParsedGlob {
  /** Char codes; ANY_CHARACTER for `?`. */
  readonly codes: readonly number[];
  /** `gaps[i]` stands after the first i characters: one more than there are codes. */
  readonly gaps: readonly Gap[];
}

/** The code of `?`. */
export const ANY_CHARACTER = -1;

/** Takes a glob apart. */
export function parseGlob(glob: string): ParsedGlob {
  const codes: number[] = [];
  const gaps: Gap[] = [];
  let gap: Gap = "none";
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index];
    if (character === "*") {
      gap = gap === "none" ? "segment" : "any";
      continue;
    }
    codes.push(character === "?" ? ANY_CHARACTER : glob.charCodeAt(index));
    gaps.push(gap);
    gap = "none";
  }
  gaps.push(gap);
  return { codes, gaps };
}
