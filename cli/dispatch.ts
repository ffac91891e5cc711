/** From the words on the command line to a command and its exit code: 0 done, 1 failed, 2 bad usage. */

import { nearest } from "../core/config/nearest.ts";
import { type Command, CommandFailure, UsageError } from "./args.ts";
import { commandHelp, overview } from "./help.ts";
import { parseArgs } from "./parse-args.ts";
import { type Paint, plain } from "./text.ts";

/** The commands by name; a module is loaded only when it is needed. */
export type Registry = Readonly<Record<string, () => Promise<{ readonly command: Command }>>>;

/** Where the dispatcher prints and what it knows of the machine. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly paint?: Paint;
}

/** Runs the command that `words` name. */
export async function dispatch(registry: Registry, words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === "--help" || first === "-h") return await printOverview(registry, terminal);
  if (first === "--version" || first === "-v" || first === "version") {
    terminal.out(`antipode ${terminal.version}\n`);
    return 0;
  }
  if (first !== "help") return await runCommand(registry, first, rest, terminal);
  const topic = rest.find((word) => !word.startsWith("-"));
  if (topic === undefined) return await printOverview(registry, terminal);
  return await runCommand(registry, topic, ["--help"], terminal);
}

async function printOverview(registry: Registry, terminal: Terminal): Promise<number> {
  const names = Object.keys(registry);
  const modules = await Promise.all(names.map((name) => registry[name]?.()));
  const summaries = names.map((name, index) => [name, modules[index]?.command.summary ?? ""] as const);
  terminal.out(overview(summaries, terminal.paint ?? plain));
  return 0;
}

async function runCommand(
  registry: Registry,
  name: string,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const load = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (load === undefined) return unknownCommand(registry, name, terminal);
  const { command } = await load();
  const outcome = parseArgs(command, words, terminal.env);
  if (outcome.kind === "help") {
    terminal.out(commandHelp(name, command, terminal.paint ?? plain));
    return 0;
  }
  if (outcome.kind === "usage") return badUsage(name, outcome.problems, terminal);
  try {
    return await command.run(outcome.parsed);
  } catch (error) {
    if (error instanceof UsageError) return badUsage(name, [error.message], terminal);
    if (!(error instanceof CommandFailure)) throw error;
    terminal.error(`antipode ${name}: ${error.message}\n`);
    return 1;
  }
}

function badUsage(name: string, problems: readonly string[], terminal: Terminal): number {
  const lines = problems.map((problem) => `antipode ${name}: ${problem}\n`);
  terminal.error(`${lines.join("")}antipode help ${name} lists the flags.\n`);
  return 2;
}

function unknownCommand(registry: Registry, name: string, terminal: Terminal): number {
  if (name.startsWith("-")) {
    terminal.error(`antipode: the command comes before its flags; ${name} stands first\n`);
  } else {
    const guess = nearest(name, Object.keys(registry));
    terminal.error(`antipode: unknown command "${name}"${guess === undefined ? "" : `; did you mean ${guess}?`}\n`);
  }
  terminal.error("antipode --help lists the commands.\n");
  return 2;
}
