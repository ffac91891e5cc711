/**
 * Where a JSON text is broken. JSON.parse says it in words that differ by engine and case; this reads the text again,
 * only to find the place (RFC 8259).
 */

/** The first thing that is wrong. Lines and columns count from 1. */
export interface JsonPlace {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** Finds the place; undefined when the text is JSON after all. */
export function jsonPlace(text: string): JsonPlace | undefined {
  const scanner = new JsonScanner(text);
  const problem = scanner.scan();
  if (problem === undefined) return undefined;
  const before = text.slice(0, scanner.at);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: scanner.at - lineStart + 1, problem };
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in strings.
const STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Walks over values without recursion, so that no depth of nesting is too much. */
class JsonScanner {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The problem at `at`, or undefined at the end of a good text. */
  scan(): string | undefined {
    const open: ("{" | "[")[] = [];
    let expected: "value" | "first" | "next" = "value";
    for (;;) {
      this.#take(SPACE);
      if (expected === "next") {
        const around = open.at(-1);
        if (around === undefined) return this.#end();
        const problem = this.#separator(around, open);
        if (problem === "closed") continue;
        if (problem !== undefined) return problem;
        this.#take(SPACE);
      } else if (expected === "first" && this.#closes(open)) {
        expected = "next";
        continue;
      }
      const key = open.at(-1) === "{" ? this.#key() : undefined;
      if (key !== undefined) return key;
      const character = this.#text[this.at];
      if (character === "{" || character === "[") {
        open.push(character);
        this.at += 1;
        expected = "first";
      } else {
        if (!(this.#take(STRING) || this.#take(NUMBER) || this.#take(WORD))) return this.#noValue();
        expected = "next";
      }
    }
  }

  #separator(around: "{" | "[", open: string[]): string | undefined {
    const character = this.#text[this.at];
    if (this.#closes(open)) return "closed";
    if (character !== ",") return `expected "," or "${around === "{" ? "}" : "]"}", found ${this.#found()}`;
    this.at += 1;
    this.#take(SPACE);
    const closing = this.#text[this.at];
    return closing === "}" || closing === "]" ? "a comma before the end; JSON has none there" : undefined;
  }

  #closes(open: string[]): boolean {
    const around = open.at(-1);
    if (this.#text[this.at] !== (around === "{" ? "}" : "]")) return false;
    open.pop();
    this.at += 1;
    return true;
  }

  #key(): string | undefined {
    if (!this.#take(STRING)) return `expected a key in double quotes, found ${this.#found()}`;
    this.#take(SPACE);
    if (this.#text[this.at] !== ":") return `expected ":" after the key, found ${this.#found()}`;
    this.at += 1;
    this.#take(SPACE);
    return undefined;
  }

  #noValue(): string {
    if (this.#text[this.at] === '"') return "a string that does not end on its line, or has a bad escape";
    if (this.#text.startsWith("//", this.at) || this.#text.startsWith("/*", this.at)) return "JSON has no comments";
    return `expected a value, found ${this.#found()}`;
  }

  #end(): string | undefined {
    return this.at === this.#text.length ? undefined : `expected the end of the file, found ${this.#found()}`;
  }

  #found(): string {
    const character = this.#text[this.at];
    return character === undefined ? "the end of the file" : JSON.stringify(character);
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.#text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}
