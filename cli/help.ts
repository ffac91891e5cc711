/** The help texts, made from the tables that the parser uses, so that they cannot say anything else. */
import { type Command, type Flag, flagName, placeholderOf, withCommonFlags } from "./args.ts";
import { type Paint, twoColumns, wrap } from "./text.ts";

const COLUMNS = 96;

/** `antipode --help`: what there is. */
export function overview(summaries: readonly (readonly [name: string, summary: string])[], paint: Paint): string {
  return [
    "antipode: a CDN you own",
    "",
    `${paint("bold", "Usage:")} antipode COMMAND [flags]`,
    "",
    paint("bold", "Commands:"),
    ...twoColumns(summaries, COLUMNS),
    "",
    "antipode help COMMAND says more about one. antipode --version prints the version.",
    "",
  ].join("\n");
}

/** `antipode help NAME`: everything about one command. */
export function commandHelp(name: string, command: Command, paint: Paint): string {
  const table = withCommonFlags(command.flags);
  const rows = Object.entries(table).map(([key, flag]) => [flagTitle(key, flag), flagText(flag)] as const);
  const examples = (command.examples ?? []).map((example) => `  antipode ${example}`);
  return [
    `antipode ${name}: ${command.summary}`,
    "",
    `${paint("bold", "Usage:")} ${usageLine(name, command)}`,
    "",
    ...wrap(command.help.trim(), COLUMNS),
    "",
    paint("bold", "Flags:"),
    ...twoColumns(rows, COLUMNS),
    "",
    ...(examples.length === 0 ? [] : [paint("bold", "Examples:"), ...examples, ""]),
  ].join("\n");
}

function usageLine(name: string, command: Command): string {
  const required = Object.entries(command.flags)
    .filter(([, flag]) => flag.required === true)
    .map(([key, flag]) => flagTitle(key, flag));
  const words = command.positionals === undefined ? [] : [command.positionals.usage];
  return ["antipode", name, ...required, ...words, "[flags]"].join(" ");
}

function flagTitle(key: string, flag: Flag): string {
  return `--${flagName(key)} ${placeholderOf(flag)}`.trimEnd();
}

function flagText(flag: Flag): string {
  const notes: string[] = [];
  if (flag.required === true) notes.push("required");
  if (flag.default !== undefined) notes.push(`default ${flag.default}`);
  if (flag.min !== undefined) notes.push(`at least ${flag.min}`);
  if (flag.max !== undefined) notes.push(`at most ${flag.max}`);
  if (flag.kind === "list" || flag.kind === "urls") notes.push("may be repeated");
  if (flag.env !== undefined) notes.push(`or ${flag.env} in the environment`);
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join("; ")})`;
}
