/** What is wrong with a config: all of it at once, each with its place, what was expected and what was probably meant. */

/** One thing that is wrong. */
export interface Problem {
  /** The place in the file: `sites.shop.rules[2].match.paths[0]`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what was expected, as one sentence without a full stop. */
  readonly message: string;
  /** What to do, when that is not plain from the message. */
  readonly hint?: string;
}

/** So many problems are reported; a file with more is told how many more. */
export const PROBLEMS_MAX = 1000;

/** Collects problems, bounded. */
export class Problems {
  #kept: Problem[] = [];
  #count = 0;

  /** Adds one; returns false, so that a check can end with it. */
  add(path: string, message: string, hint?: string): false {
    this.#count += 1;
    if (this.#kept.length < PROBLEMS_MAX)
      this.#kept.push(hint === undefined ? { path, message } : { path, message, hint });
    return false;
  }

  /** How many were added. */
  get count(): number {
    return this.#count;
  }

  /** All, in the order in which they were found. */
  list(): readonly Problem[] {
    const more = this.#count - this.#kept.length;
    if (more === 0) return this.#kept;
    return [...this.#kept, { path: "", message: `${more} more problems are not listed` }];
  }
}

/** The path of a key below `path`: dotted when it is a plain word, quoted in brackets otherwise. */
export function keyPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${shown(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

const SHOWN_MAX = 60;

/** A value as it is quoted in a message: short, on one line. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value);
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "bigint":
      return "a bigint";
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    default:
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
  }
}

/** Words as an enumeration: `a, b or c`. */
export function orList(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
