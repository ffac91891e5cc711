/**
 * What a value of the config may be. One description serves the checks with their messages, the reference in
 * docs/config.md and the JSON Schema: `description` is plain data, `check` is made from it.
 */
import type { Problems } from "../problems.ts";

/** A description of values of type T. */
export interface Shape<T> {
  readonly description: Description;
  /** Whether the input is a T; if not, what is wrong with it has been added to the problems. */
  check(input: unknown, path: string, problems: Problems): input is T;
}

/** What is wrong with a text, or undefined. The part after "expected" and what to do may follow. */
export type TextProblem = { readonly message: string; readonly hint?: string } | undefined;

/** A shape as data. */
export type Description =
  | TextDescription
  | { readonly kind: "choice"; readonly choices: readonly (string | number)[] }
  | {
      readonly kind: "number";
      readonly whole: boolean;
      readonly min: number;
      readonly max: number;
      readonly unit: string;
    }
  | { readonly kind: "flag" }
  | { readonly kind: "list"; readonly of: Description; readonly minItems: number; readonly maxItems: number }
  | { readonly kind: "pair"; readonly of: readonly [Description, Description] }
  | ObjectDescription
  | {
      readonly kind: "map";
      readonly keys: TextDescription;
      readonly of: Description;
      readonly maxItems: number;
      readonly minItems: number;
    }
  | { readonly kind: "either"; readonly options: readonly Description[] }
  | { readonly kind: "settings" }
  | { readonly kind: "anything" };

/** A text with a meaning. */
export interface TextDescription {
  readonly kind: "text";
  /** What it is, with its article: "a host name". */
  readonly what: string;
  readonly maxLength: number;
  /** Says what is wrong with a text that is not too long. */
  problem(text: string): TextProblem;
}

/** An object with known keys. */
export interface ObjectDescription {
  readonly kind: "object";
  /** What it is: "a site". */
  readonly what: string;
  readonly keys: Readonly<Record<string, KeyDescription>>;
  /** Says what is wrong with keys that are good one by one; undefined when nothing more is checked. */
  readonly together: ((value: object) => readonly KeyProblem[]) | undefined;
}

/** Something wrong with an object whose keys are good one by one. */
export interface KeyProblem {
  /** The place within the object: `origins[0].url`; empty for the object itself. */
  readonly at: string;
  readonly message: string;
  readonly hint?: string;
}

/** A key of an object. */
export interface KeyDescription {
  readonly of: Description;
  readonly required: boolean;
  /** As it is written in the documentation. */
  readonly default: string | undefined;
  /** What it does. */
  readonly about: string;
}
