/**
 * What a command is. One table of flags gives the types, the validation (`parse-args.ts`) and the help (`help.ts`).
 * A key `diskSize` of the table is the flag `--disk-size`; `--help` and `--json` exist on every command.
 */
import type { FlagKind, KindValues } from "./flag-kinds.ts";

/** One flag of a command. `default`, `min` and `max` are written as a user would write them. */
export interface Flag {
  readonly kind: FlagKind;
  /** One line for `--help`. */
  readonly help: string;
  /** How the value is shown in help; by default a word for its kind, such as HOST:PORT. */
  readonly placeholder?: string;
  readonly default?: string;
  readonly required?: true;
  /** The environment variable that stands in for the flag. */
  readonly env?: string;
  /** The only values allowed (kind `string`). */
  readonly choices?: readonly string[];
  /** Bounds, inclusive (kinds `number`, `size`, `duration`). */
  readonly min?: string;
  readonly max?: string;
  /** The schemes allowed (kinds `url`, `urls`); by default http and https. */
  readonly schemes?: readonly string[];
}

/** The flags of a command, by camel-case name. */
export type FlagTable = Readonly<Record<string, Flag>>;

type ValueOf<F extends Flag> = F extends { choices: readonly (infer C)[] } ? C : KindValues[F["kind"]];
type IsSure<F extends Flag> = F extends { default: string } | { required: true } | { kind: "boolean" } ? true : false;

/** The values of a table: sure for booleans and for flags with a default or required, else possibly undefined. */
export type FlagValues<T extends FlagTable> = {
  readonly [K in keyof T]: IsSure<T[K]> extends true ? ValueOf<T[K]> : ValueOf<T[K]> | undefined;
};

/** What the user wrote, checked. */
export interface ParsedArgs<T extends FlagTable = FlagTable> {
  readonly flags: FlagValues<T>;
  readonly positionals: readonly string[];
  /** `--json`: print for machines. */
  readonly json: boolean;
}

/** The words that a command takes besides flags. */
export interface Positionals {
  /** As shown in the usage line, for example `URL…`. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
}

/** A command: everything that `antipode NAME` is. */
export interface Command<T extends FlagTable = FlagTable> {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for `antipode help NAME`, without the flags. */
  readonly help: string;
  readonly flags: T;
  /** None are allowed when absent. */
  readonly positionals?: Positionals;
  /** Command lines worth copying, without `antipode`. */
  readonly examples?: readonly string[];
  /** The exit code: 0 done, 1 failed, 2 bad usage. */
  run(parsed: ParsedArgs<T>): Promise<number>;
}

/** Types a command by its flag table: `export const command = defineCommand({ … })`. */
export function defineCommand<const T extends FlagTable>(command: Command<T>): Command {
  return command as unknown as Command;
}

/** Thrown by a command when flags do not go together: printed with a pointer to the help, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Thrown by a command for what the user can act on (a port taken, a file absent): one line, no stack, exit code 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

const COMMON: FlagTable = {
  json: { kind: "boolean", help: "Print for machines: JSON instead of text." },
  help: { kind: "boolean", help: "Print this help." },
};

/** The table with the flags that every command has. */
export function withCommonFlags(table: FlagTable): FlagTable {
  return { ...table, ...COMMON };
}

/** The flag of a table's key: `diskSize` is `disk-size`. */
export function flagName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** How a flag's value is shown in help. */
export function placeholderOf(flag: Flag): string {
  if (flag.placeholder !== undefined) return flag.placeholder;
  if (flag.choices !== undefined) return flag.choices.join("|");
  return PLACEHOLDERS[flag.kind];
}

const PLACEHOLDERS: Readonly<Record<FlagKind, string>> = {
  string: "TEXT",
  boolean: "",
  number: "N",
  size: "SIZE",
  duration: "DURATION",
  hostport: "HOST:PORT",
  url: "URL",
  place: "LAT,LON",
  list: "A,B",
  urls: "URL,URL",
};
