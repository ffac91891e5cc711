/** Shapes of objects with known keys, and of values that may be one of several shapes. */
import { nearest } from "../nearest.ts";
import { keyPath, orList, type Problems, shown } from "../problems.ts";
import type { Description, KeyDescription, KeyProblem, ObjectDescription, Shape } from "./shape.ts";
import { isPlainObject, jsonKind } from "./values.ts";

/** A key that must be there. */
export interface RequiredKey<T> {
  readonly shape: Shape<T>;
  readonly required: true;
  readonly about: string;
}

/** A key that may be left out. */
export interface OptionalKey<T> {
  readonly shape: Shape<T>;
  /** As it is written in the documentation; absent when leaving it out is no value. */
  readonly default?: string;
  readonly about: string;
}

type IsOptional<T, K extends keyof T> = Record<never, never> extends Pick<T, K> ? true : false;

/** A description of every key of T, required where T requires it. */
export type Keys<T> = {
  readonly [K in keyof T]-?: IsOptional<T, K> extends true ? OptionalKey<Exclude<T[K], undefined>> : RequiredKey<T[K]>;
};

interface AnyKey {
  readonly shape: Shape<unknown>;
  readonly required?: true;
  readonly default?: string;
  readonly about: string;
}

/** Looks at some keys of an object together, once each of them is good by itself. */
export interface Together {
  readonly needs: readonly string[];
  check(value: object): readonly KeyProblem[];
}

/** Makes a check of some keys together. Keys that may be left out are looked at when they are. */
export function together<T extends object, const K extends keyof T & string>(
  needs: readonly K[],
  check: (value: Pick<T, K>) => readonly KeyProblem[],
): Together {
  // The caller has checked every one of these keys.
  const isGood = (_value: object): _value is Pick<T, K> => true;
  return { needs, check: (value) => (isGood(value) ? check(value) : []) };
}

/** An object with these keys and no others. */
export function object<T extends object>(what: string, keys: Keys<T>, rules: readonly Together[] = []): Shape<T> {
  const table: Readonly<Record<string, AnyKey>> = keys;
  const described: Record<string, KeyDescription> = {};
  for (const [name, key] of Object.entries(table)) {
    const { about, required } = key;
    described[name] = { of: key.shape.description, required: required === true, default: key.default, about };
  }
  const description: ObjectDescription = {
    kind: "object",
    what,
    keys: described,
    together: rules.length === 0 ? undefined : (value) => rules.flatMap((rule) => rule.check(value)),
  };
  return {
    description,
    check: (input, path, problems): input is T => {
      if (!isPlainObject(input)) {
        return problems.add(path, `expected ${what}, found ${shown(input)}`, shortFormHint(what, input));
      }
      const before = problems.count;
      const bad = badKeys({ what, table, input, path, problems });
      for (const rule of rules) {
        if (rule.needs.some((name) => bad.has(name))) continue;
        for (const { at, message, hint } of rule.check(input)) problems.add(joined(path, at), message, hint);
      }
      return problems.count === before;
    },
  };
}

function joined(path: string, at: string): string {
  if (at === "" || path === "") return `${path}${at}`;
  return at.startsWith("[") ? `${path}${at}` : `${path}.${at}`;
}

interface ObjectTask {
  readonly what: string;
  readonly table: Readonly<Record<string, AnyKey>>;
  readonly input: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly problems: Problems;
}

/** Checks the keys one by one; returns the names of those that are known and not good. */
function badKeys(task: ObjectTask): ReadonlySet<string> {
  const { what, table, input, path, problems } = task;
  const bad = new Set<string>();
  for (const [name, key] of Object.entries(table)) {
    if (!key.required || (Object.hasOwn(input, name) && input[name] !== undefined)) continue;
    bad.add(name);
    problems.add(path, `${what} must have ${JSON.stringify(name)}`, missingHint(task, name));
  }
  for (const [name, value] of Object.entries(input)) {
    const key = Object.hasOwn(table, name) ? table[name] : undefined;
    if (key === undefined) unknownKey(task, name);
    else if (value !== undefined && !key.shape.check(value, keyPath(path, name), problems)) bad.add(name);
  }
  return bad;
}

/** A key that is known but misplaced or misspelt is named. */
function unknownKey(task: ObjectTask, name: string): void {
  const known = Object.keys(task.table);
  const home = known.find((key) => keysOf(task.table[key]?.shape.description)?.includes(name));
  const guess = nearest(name, known);
  const others = guess === undefined ? `the keys are ${known.join(", ")}` : `did you mean ${guess}?`;
  const misplaced = MISPLACED.get(`${task.what} ${name}`);
  const hint = home === undefined ? (misplaced ?? others) : `it belongs in ${shown(home)}`;
  task.problems.add(keyPath(task.path, name), `${shown(name)} is not a key of ${task.what}`, hint);
}

function keysOf(description: Description | undefined): readonly string[] | undefined {
  return description?.kind === "object" ? Object.keys(description.keys) : undefined;
}

/** When a key is missing and an unknown one looks like it, the hint stands at the unknown one. */
function missingHint(task: ObjectTask, name: string): string | undefined {
  const unknown = Object.keys(task.input).filter((key) => !Object.hasOwn(task.table, key));
  return unknown.some((key) => nearest(key, [name]) !== undefined) ? undefined : EXAMPLES.get(`${task.what} ${name}`);
}

const ORIGIN = '{ url: "https://origin.example.com" }';
const EXAMPLES: ReadonlyMap<string, string> = new Map([
  ["a config sites", `for example sites: { shop: { hosts: ["www.example.com"], origins: [${ORIGIN}] } }`],
  ["a site hosts", 'for example hosts: ["www.example.com"]'],
  ["a site origins", `for example origins: [${ORIGIN}]`],
  ["an origin url", 'for example url: "https://origin.example.com"'],
  ["a rule match", 'for example match: { paths: ["/images/**"] }; match: {} is every request'],
  ["a redirect to", 'for example to: "https://www.example.com/$1"'],
  ["CORS answers origins", 'for example origins: ["https://app.example.com"]'],
]);

const MISPLACED: ReadonlyMap<string, string> = new Map([
  ["cache settings mode", "only rules have it: rules: [{ match: {}, cache: { mode: … } }]"],
]);

/** What people write who know other tools. */
function shortFormHint(what: string, input: unknown): string | undefined {
  if (typeof input !== "string") return undefined;
  if (what === "an origin") return `write { url: ${shown(input)} }`;
  if (what === "cache settings" && input === "bypass") return 'write { mode: "bypass" }';
  return what === "a page" ? `write { body: ${shown(input)} }` : undefined;
}

/** One of several shapes that are told apart by what kind of value they are: a text, a list, an object, … */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  const wanted = orList([first, second].map((option) => nameOf(option.description)));
  return {
    description: { kind: "either", options: [first.description, second.description] },
    check: (input, path, problems): input is A | B => {
      const kind = kindOf(input);
      if (kind === jsonKind(first.description)) return first.check(input, path, problems);
      if (kind === jsonKind(second.description)) return second.check(input, path, problems);
      return problems.add(path, `expected ${wanted}, found ${shown(input)}`);
    },
  };
}

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return "list";
  return isPlainObject(input) ? "object" : typeof input === "object" ? "other" : typeof input;
}

/** A shape in words, for "expected …". */
function nameOf(description: Description): string {
  switch (description.kind) {
    case "text":
    case "object":
      return description.what;
    case "choice":
      return orList(description.choices.map((word) => JSON.stringify(word)));
    case "flag":
      return "true or false";
    case "number":
      return "a number";
    case "list":
    case "pair":
      return "a list";
    default:
      return "an object";
  }
}
