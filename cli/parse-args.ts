/** The strict parser of a command's words: everything that is wrong is said at once, with what to write instead. */
import { type ParseArgsOptionsConfig, parseArgs as tokenise } from "node:util";
import { nearest } from "../core/config/nearest.ts";
import {
  type Command,
  type Flag,
  type FlagTable,
  type FlagValues,
  flagName,
  type ParsedArgs,
  type Positionals,
  placeholderOf,
  withCommonFlags,
} from "./args.ts";
import {
  type Reading,
  readDuration,
  readHostPort,
  readList,
  readNumber,
  readPlace,
  readSize,
  readUrl,
} from "./flag-kinds.ts";

/** What came of parsing; all problems at once. */
export type ParseOutcome =
  | { readonly kind: "parsed"; readonly parsed: ParsedArgs }
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly problems: readonly string[] };

/** Parses the words after the command's name. */
export function parseArgs(
  command: Pick<Command, "flags" | "positionals">,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParseOutcome {
  const table = withCommonFlags(command.flags);
  const { texts, positionals, problems, broken } = collect(table, words);
  if (texts.has("help")) return { kind: "help" };
  const misspelt = problems.length > 0;
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(table)) {
    // After a misspelt flag, what seems missing or left over is only its consequence.
    if (broken.has(key) || (misspelt && flag.required === true && !texts.has(key))) continue;
    const reading = readFlag(flag, textsOf(flag, texts.get(key), env));
    if (reading.kind === "value") values[key] = reading.value;
    else problems.push(`--${flagName(key)} ${reading.problem}`);
  }
  if (!misspelt) problems.push(...positionalProblems(command.positionals, positionals));
  if (problems.length > 0) return { kind: "usage", problems };
  const { json, help: _, ...flags } = values;
  return { kind: "parsed", parsed: { flags: flags as FlagValues<FlagTable>, positionals, json: json === true } };
}

interface Collected {
  readonly texts: Map<string, string[]>;
  readonly positionals: string[];
  readonly problems: string[];
  /** Keys of flags that already have a problem. */
  readonly broken: Set<string>;
}

/** Sorts the words into flags and positionals, with the problems of form. */
function collect(table: FlagTable, words: readonly string[]): Collected {
  const keys = new Map(Object.keys(table).map((key) => [flagName(key), key]));
  const options: ParseArgsOptionsConfig = {};
  for (const [name, key] of keys) options[name] = { type: table[key]?.kind === "boolean" ? "boolean" : "string" };
  options.help = { type: "boolean", short: "h" };
  const { tokens } = tokenise({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const found: Collected = { texts: new Map(), positionals: [], problems: [], broken: new Set() };
  for (const token of tokens) {
    if (token.kind === "positional") found.positionals.push(token.value);
    if (token.kind !== "option") continue;
    const key = keys.get(token.name);
    const flag = key === undefined ? undefined : table[key];
    if (key === undefined || flag === undefined) {
      found.problems.push(unknownFlag(token.rawName, keys.keys()));
      continue;
    }
    const problem = formProblem(flag, token, found.texts.has(key));
    if (problem !== undefined) {
      found.broken.add(key);
      found.problems.push(`--${token.name} ${problem}`);
    } else found.texts.set(key, [...(found.texts.get(key) ?? []), token.value ?? ""]);
  }
  return found;
}

function unknownFlag(rawName: string, names: Iterable<string>): string {
  const guess = nearest(rawName.replace(/^-+/, ""), names);
  return `unknown flag ${rawName}${guess === undefined ? "" : `; did you mean --${guess}?`}`;
}

function formProblem(
  flag: Flag,
  token: { readonly value: string | undefined; readonly inlineValue: boolean | undefined },
  seen: boolean,
): string | undefined {
  if (flag.kind === "boolean") return token.value === undefined ? undefined : "takes no value";
  const looksLikeFlag = token.inlineValue !== true && /^-(?!\d|$)/.test(token.value ?? "");
  if (token.value === undefined || token.value === "" || looksLikeFlag) return `needs a value: ${placeholderOf(flag)}`;
  const repeats = flag.kind === "list" || flag.kind === "urls";
  return seen && !repeats ? "is given twice" : undefined;
}

function textsOf(
  flag: Flag,
  given: readonly string[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] | undefined {
  if (given !== undefined) return given;
  const fromEnv = flag.env === undefined ? undefined : env[flag.env];
  if (fromEnv !== undefined && fromEnv !== "") return [fromEnv];
  return flag.default === undefined ? undefined : [flag.default];
}

function readFlag(flag: Flag, texts: readonly string[] | undefined): Reading<unknown> {
  if (flag.kind === "boolean") return { kind: "value", value: texts !== undefined };
  const [text] = texts ?? [];
  if (texts === undefined || text === undefined) {
    const env = flag.env === undefined ? "" : ` (or ${flag.env} in the environment)`;
    if (flag.required !== true) return { kind: "value", value: undefined };
    return { kind: "problem", problem: `${placeholderOf(flag)} is required${env}` };
  }
  return boundsChecked(
    flag,
    flag.kind === "list" || flag.kind === "urls" ? readMany(flag, texts) : readOne(flag, text),
  );
}

function readMany(flag: Flag, texts: readonly string[]): Reading<unknown> {
  const members = texts.flatMap(readList);
  if (members.length === 0) return { kind: "problem", problem: `needs a value: ${placeholderOf(flag)}` };
  if (flag.kind === "list") return { kind: "value", value: members };
  const urls: unknown[] = [];
  for (const member of members) {
    const reading = readUrl(member, flag.schemes ?? ["http", "https"]);
    if (reading.kind === "problem") return reading;
    urls.push(reading.value);
  }
  return { kind: "value", value: urls };
}

function readOne(flag: Flag, text: string): Reading<unknown> {
  switch (flag.kind) {
    case "number":
      return readNumber(text);
    case "size":
      return readSize(text);
    case "duration":
      return readDuration(text);
    case "hostport":
      return readHostPort(text);
    case "url":
      return readUrl(text, flag.schemes ?? ["http", "https"]);
    case "place":
      return readPlace(text);
    default:
      return readChoice(flag, text);
  }
}

function readChoice(flag: Flag, text: string): Reading<string> {
  if (flag.choices === undefined || flag.choices.includes(text)) return { kind: "value", value: text };
  const guess = nearest(text, flag.choices);
  const hint = guess === undefined ? "" : ` (did you mean ${guess}?)`;
  return { kind: "problem", problem: `"${text}" is not known; write ${flag.choices.join(" or ")}${hint}` };
}

function boundsChecked(flag: Flag, reading: Reading<unknown>): Reading<unknown> {
  if (reading.kind === "problem" || typeof reading.value !== "number") return reading;
  const low = flag.min === undefined ? undefined : readOne(flag, flag.min);
  const high = flag.max === undefined ? undefined : readOne(flag, flag.max);
  if (low?.kind === "value" && reading.value < Number(low.value)) {
    return { kind: "problem", problem: `is too low; the least is ${flag.min}` };
  }
  if (high?.kind === "value" && reading.value > Number(high.value)) {
    return { kind: "problem", problem: `is too high; the most is ${flag.max}` };
  }
  return reading;
}

function positionalProblems(allowed: Positionals | undefined, given: readonly string[]): string[] {
  const { usage = "", min = 0, max = 0 } = allowed ?? {};
  if (given.length > max)
    return [`unexpected argument "${given[max]}"${max === 0 ? "; this command takes flags only" : ""}`];
  return given.length < min ? [`missing ${usage}`] : [];
}
