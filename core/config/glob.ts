/**
 * Globs: `*` stands for any characters but "/", `**` for any characters, `?` for one character but "/"; everything
 * else, "." too, stands for itself. The time is linear in the text, whatever the glob: the common forms are string
 * comparisons, the others run as an automaton whose states are bits (`glob-automaton.ts`). Nothing backtracks.
 */
import { type Automaton, automatonOf, captureGaps, runAutomaton } from "./glob-automaton.ts";
import { parseGlob } from "./glob-parts.ts";
import type { Matcher } from "./match-text.ts";

/** Longest glob. */
export const GLOB_MAX_LENGTH = 256;

/** Whether a text has wildcards. */
export function hasWildcard(glob: string): boolean {
  return glob.includes("*") || glob.includes("?");
}

/** Makes a matcher for the whole of a text. */
export function compileGlob(glob: string): Matcher {
  if (!hasWildcard(glob)) return { matches: (text) => text === glob };
  const first = glob.search(/[*?]/);
  const head = glob.slice(0, first);
  const rest = glob.slice(first);
  if (rest === "**") return { matches: (text) => text.startsWith(head) };
  if (rest === "*") return { matches: (text) => text.startsWith(head) && !text.includes("/", head.length) };
  const tail = /[^*?]*$/.exec(rest)?.[0] ?? "";
  const middle = rest.slice(0, rest.length - tail.length);
  return betweenMatcher(head, middle, tail);
}

/** Head and tail are compared as they stand; the automaton sees only what is between them, and is made on first use. */
function betweenMatcher(head: string, middle: string, tail: string): Matcher {
  const fixed = head.length + tail.length;
  const framed = (text: string): boolean =>
    text.length >= fixed && text.startsWith(head) && (tail === "" || text.endsWith(tail));
  if (middle === "**") return { matches: framed };
  if (middle === "*") {
    return {
      matches: (text) => {
        if (!framed(text)) return false;
        const slash = text.indexOf("/", head.length);
        return slash === -1 || slash >= text.length - tail.length;
      },
    };
  }
  let pieces: readonly string[] | undefined;
  let automaton: Automaton | undefined;
  return {
    matches: (text) => {
      if (!framed(text)) return false;
      pieces ??= middle.split(/[*?]+/).filter((piece) => piece !== "");
      if (!hasInOrder(text, head.length, pieces)) return false;
      automaton ??= automatonOf(parseGlob(middle));
      return runAutomaton(automaton, text, { from: head.length, to: text.length - tail.length });
    },
  };
}

/** Whether a text has all pieces one after the other: what every match needs, and most texts have not. */
function hasInOrder(text: string, from: number, pieces: readonly string[]): boolean {
  let at = from;
  for (const piece of pieces) {
    at = text.indexOf(piece, at);
    if (at === -1) return false;
    at += piece.length;
  }
  return true;
}

/**
 * What the wildcards `*` and `**` stand for when `glob` matches the whole text; undefined when it does not. Where
 * there is a choice, earlier wildcards take as much as they can.
 */
export function globCaptures(glob: string, text: string): readonly string[] | undefined {
  return compileGlob(glob).matches(text) ? captureGaps(parseGlob(glob), text) : undefined;
}
