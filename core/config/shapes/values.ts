/** Shapes of single values: texts, choices, numbers, flags; lists, pairs and maps of them. */
import { nearest } from "../nearest.ts";
import { keyPath, orList, type Problems, shown } from "../problems.ts";
import type { Description, Shape, TextDescription, TextProblem } from "./shape.ts";

const TEXT_MAX_LENGTH = 2048;

/** A text that `problem` finds nothing wrong with. */
export function text(
  what: string,
  problem: (text: string) => TextProblem = () => undefined,
  maxLength = TEXT_MAX_LENGTH,
): Shape<string> & { readonly description: TextDescription } {
  const description: TextDescription = { kind: "text", what, maxLength, problem };
  return {
    description,
    check: (input, path, problems): input is string => {
      if (typeof input !== "string") return problems.add(path, `expected ${what}, found ${shown(input)}`);
      return checkText(description, input, path, problems);
    },
  };
}

/** Checks a text, or the key of a map. */
export function checkText(description: TextDescription, input: string, path: string, problems: Problems): boolean {
  const { what, maxLength } = description;
  if (input.length > maxLength) {
    return problems.add(path, `expected ${what} of at most ${maxLength} characters, found ${input.length}`);
  }
  const problem = description.problem(input);
  return problem === undefined || problems.add(path, problem.message, problem.hint);
}

/** One of a few words or numbers. */
export function choice<const C extends string | number>(...choices: readonly C[]): Shape<C> {
  const known: ReadonlySet<unknown> = new Set(choices);
  return {
    description: { kind: "choice", choices },
    check: (input, path, problems): input is C => {
      if (known.has(input)) return true;
      const guess = typeof input === "string" ? nearest(input, choices.map(String)) : undefined;
      const wanted = orList(choices.map((word) => JSON.stringify(word)));
      const hint = guess === undefined ? undefined : `did you mean ${guess}?`;
      return problems.add(path, `expected ${wanted}, found ${shown(input)}`, hint);
    },
  };
}

/** A number within bounds, both inclusive. */
export function number(bounds: {
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly fraction?: true;
}): Shape<number> {
  const { unit, min, max, fraction } = bounds;
  const wanted = `a ${fraction ? "" : "whole "}number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}`;
  return {
    description: { kind: "number", whole: fraction !== true, min, max, unit },
    check: (input, path, problems): input is number => {
      const fits = typeof input === "number" && input >= min && input <= max;
      if (fits && (fraction || Number.isInteger(input))) return true;
      return problems.add(path, `expected ${wanted}, found ${shown(input)}`, numberHint(input));
    },
  };
}

function numberHint(input: unknown): string | undefined {
  if (typeof input !== "string" || !/^\s*-?\d+(\.\d+)?\s*$/.test(input)) return undefined;
  return `write it without quotes: ${input.trim()}`;
}

/** True or false. */
export const flag: Shape<boolean> = {
  description: { kind: "flag" },
  check: (input, path, problems): input is boolean =>
    typeof input === "boolean" || problems.add(path, `expected true or false, found ${shown(input)}`),
};

/** Any number of things of one shape, within bounds. */
export function list<T>(
  of: Shape<T>,
  bounds: { readonly minItems?: number; readonly maxItems: number },
): Shape<readonly T[]> {
  const { minItems = 0, maxItems } = bounds;
  return {
    description: { kind: "list", of: of.description, minItems, maxItems },
    check: (input, path, problems): input is readonly T[] => {
      if (!Array.isArray(input)) {
        const hint = typeof input === "string" ? `write [${shown(input)}]` : undefined;
        return problems.add(path, `expected a list, found ${shown(input)}`, hint);
      }
      if (input.length < minItems) return problems.add(path, "the list is empty; at least one is needed");
      if (input.length > maxItems) return problems.add(path, `${input.length} are too many; ${maxItems} at most`);
      const before = problems.count;
      // Array.from visits the holes of a sparse list too.
      Array.from(input, (item: unknown, index) => of.check(item, `${path}[${index}]`, problems));
      return problems.count === before;
    },
  };
}

/** Two things. */
export function pair<A, B>(first: Shape<A>, second: Shape<B>, what: string): Shape<readonly [A, B]> {
  return {
    description: { kind: "pair", of: [first.description, second.description] },
    check: (input, path, problems): input is readonly [A, B] => {
      if (!Array.isArray(input) || input.length !== 2) {
        return problems.add(path, `expected ${what}, found ${shown(input)}`);
      }
      const before = problems.count;
      first.check(input[0], `${path}[0]`, problems);
      second.check(input[1], `${path}[1]`, problems);
      return problems.count === before;
    },
  };
}

/** Things of one shape by names that the file chooses. */
export function map<T>(
  keys: Shape<string> & { readonly description: TextDescription },
  of: Shape<T>,
  bounds: { readonly minItems?: number; readonly maxItems: number },
): Shape<Readonly<Record<string, T>>> {
  const { minItems = 0, maxItems } = bounds;
  return {
    description: { kind: "map", keys: keys.description, of: of.description, maxItems, minItems },
    check: (input, path, problems): input is Readonly<Record<string, T>> => {
      if (!isPlainObject(input)) return problems.add(path, `expected an object, found ${shown(input)}`);
      const entries = Object.entries(input);
      if (entries.length < minItems) return problems.add(path, "it is empty; at least one is needed");
      if (entries.length > maxItems) return problems.add(path, `${entries.length} are too many; ${maxItems} at most`);
      const before = problems.count;
      for (const [key, value] of entries) {
        const at = keyPath(path, key);
        if (checkText(keys.description, key, at, problems)) of.check(value, at, problems);
      }
      return problems.count === before;
    },
  };
}

/** Whatever it is, it is not looked into. */
export const anything: Shape<unknown> = {
  description: { kind: "anything" },
  check: (_input, _path, _problems): _input is unknown => true,
};

/** Whether a value is an object as JSON has them: not a list, not of a class. */
export function isPlainObject(input: unknown): input is Readonly<Record<string, unknown>> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return false;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The kind of JSON value that a description is about: what tells the options of an `either` apart. */
export function jsonKind(description: Description): string {
  switch (description.kind) {
    case "text":
      return "string";
    case "choice":
      return typeof description.choices[0];
    case "number":
      return "number";
    case "flag":
      return "boolean";
    case "list":
    case "pair":
      return "list";
    default:
      return "object";
  }
}
