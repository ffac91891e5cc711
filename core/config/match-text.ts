/** Whether a text matches: what globs, name lists and conditions become when a config is compiled. */
import { compileGlob, hasWildcard } from "./glob.ts";

/** A test of a text, linear in its length. */
export interface Matcher {
  matches(text: string): boolean;
}

/** Matches what any of the globs matches. Exact texts cost one lookup, whatever their number. */
export function anyGlob(globs: readonly string[]): Matcher {
  const [only] = globs;
  if (globs.length === 1 && only !== undefined) return compileGlob(only);
  const exact = globs.filter((glob) => !hasWildcard(glob));
  const wild = globs.filter(hasWildcard).map(compileGlob);
  if (exact.length === 0) return { matches: (text) => matchesAny(wild, text) };
  const texts: ReadonlySet<string> = new Set(exact);
  return { matches: (text) => texts.has(text) || matchesAny(wild, text) };
}

/** Matches names of a list in which `*` stands for any characters. */
export function anyName(names: readonly string[]): Matcher {
  return anyGlob(names.map(nameGlob));
}

/** In names "/" is a character like any other. */
function nameGlob(name: string): string {
  return name.replace(/\*+/g, "**");
}

function matchesAny(matchers: readonly Matcher[], text: string): boolean {
  for (const matcher of matchers) if (matcher.matches(text)) return true;
  return false;
}
