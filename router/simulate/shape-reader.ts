/** Reads plain data by the shape that it should have, and collects all that is wrong with their paths. */
import { nearest } from "../../core/config/nearest.ts";
import { keyPath, Problems, shown } from "../../core/config/problems.ts";

/** An object whose values are not judged yet. */
export type Item = Readonly<Record<string, unknown>>;

/** What a number may be. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
  /** What an absent value means. Without it, the value is required. */
  readonly otherwise?: number;
}

/** So many different keys that mean nothing are named. */
const IGNORED_MAX = 20;

/** One reading. Every method returns something to go on with, so that one mistake does not hide the next. */
export class ShapeReader {
  readonly problems = new Problems();
  /** Keys that mean nothing here and resemble none that does, with the place where each was seen first. */
  readonly ignored = new Map<string, string>();

  /** The value as an object. Of `keys`, all others are ignored, unless they look like a misspelling. */
  object(value: unknown, path: string, keys?: readonly string[]): Item | undefined {
    if (!isItem(value)) {
      this.problems.add(path, `expected an object, found ${found(value)}`);
      return undefined;
    }
    if (keys !== undefined)
      for (const key of Object.keys(value)) if (!keys.includes(key)) this.#unknown(key, path, keys);
    return value;
  }

  #unknown(key: string, path: string, keys: readonly string[]): void {
    const guess = nearest(key, keys);
    if (guess !== undefined) this.problems.add(keyPath(path, key), "is not known", `did you mean ${guess}?`);
    else if (!this.ignored.has(key) && this.ignored.size < IGNORED_MAX) this.ignored.set(key, keyPath(path, key));
  }

  /** An object that may be absent. */
  maybeObject(value: unknown, path: string, keys: readonly string[]): Item | undefined {
    return value === undefined ? undefined : this.object(value, path, keys);
  }

  /** The good ones of a list. */
  list<T>(
    value: unknown,
    path: string,
    { min, max }: { readonly min: number; readonly max: number },
    read: (item: unknown, path: string) => T | undefined,
  ): readonly T[] {
    if (!Array.isArray(value)) {
      this.problems.add(path, `expected a list, found ${found(value)}`);
      return [];
    }
    if (value.length < min) this.problems.add(path, `expected at least ${min}`);
    if (value.length > max) this.problems.add(path, `has ${value.length} entries; ${max} at most`);
    return value.slice(0, max).flatMap((item, index) => read(item, `${path}[${index}]`) ?? []);
  }

  /** A number from a table of names. */
  known(id: unknown, path: string, numbers: ReadonlyMap<string, number>, what: string): number | undefined {
    const number = typeof id === "string" ? numbers.get(id) : undefined;
    if (number !== undefined) return number;
    const guess = typeof id === "string" ? nearest(id, numbers.keys()) : undefined;
    this.problems.add(path, `no ${what} is called ${shown(id)}`, guess && `did you mean "${guess}"?`);
    return undefined;
  }

  /** A text; empty after a mistake. */
  text(value: unknown, path: string): string {
    if (typeof value === "string" && value !== "") return value;
    this.problems.add(path, `expected a text, found ${found(value)}`);
    return "";
  }

  /** A number; the least one after a mistake. */
  number(value: unknown, path: string, { min, max, whole, otherwise }: Bounds): number {
    if (value === undefined && otherwise !== undefined) return otherwise;
    const fits =
      typeof value === "number" && value >= min && value <= max && (whole !== true || Number.isInteger(value));
    if (fits) return value;
    const kind = whole === true ? "whole number" : "number";
    this.problems.add(path, `expected a ${kind} from ${min} to ${max}, found ${found(value)}`);
    return otherwise ?? min;
  }

  /** A number that may be absent. */
  maybeNumber(value: unknown, path: string, bounds: Bounds): number | undefined {
    return value === undefined ? undefined : this.number(value, path, bounds);
  }

  /** Says which names of a list are there twice. */
  noTwins(items: readonly { readonly id: string }[], path: string): void {
    const seen = new Set<string>();
    for (const [index, { id }] of items.entries()) {
      if (id !== "" && seen.has(id)) this.problems.add(`${path}[${index}].id`, `${shown(id)} is there twice`);
      seen.add(id);
    }
  }
}

/** Whether a value is an object with keys. */
export function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function found(value: unknown): string {
  return value === undefined ? "nothing" : shown(value);
}
