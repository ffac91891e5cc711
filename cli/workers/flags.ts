/** What `dev:workers` and `deploy:workers` may be told. */
import { parseArgs } from "node:util";
import { CommandFailure } from "../args.ts";

/** The flags of both. */
export interface WorkersFlags {
  readonly config: string | undefined;
  readonly origin: string | undefined;
  readonly profile: string | undefined;
  readonly port: string | undefined;
  readonly dryRun: boolean;
  readonly help: boolean;
}

/** Reads them, strictly. */
export function workersFlags(words: readonly string[]): WorkersFlags {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        config: { type: "string" },
        origin: { type: "string" },
        profile: { type: "string" },
        port: { type: "string" },
        "dry-run": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const { config, origin, profile, port, help, "dry-run": dryRun } = values;
    if (config !== undefined && (origin ?? profile) !== undefined) {
      throw new CommandFailure("give either --config FILE (several sites) or --origin URL and --profile (one site)");
    }
    return { config, origin, profile, port, dryRun, help };
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : String(error));
  }
}

/** Variables that stand in for those of wrangler.toml. */
export function variableWords({ origin, profile }: WorkersFlags): string[] {
  const words: string[] = [];
  if (origin !== undefined) words.push("--var", `ORIGIN:${origin}`);
  if (profile !== undefined) words.push("--var", `PROFILE:${profile}`);
  return words;
}
