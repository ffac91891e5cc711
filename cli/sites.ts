/** `antipode sites`: what site owners do with their config. So far: look whether a file is good. */
import { type CompiledConfig, compileConfig } from "../core/config/compile-config.ts";
import { authorityOf } from "../core/config/origin-url.ts";
import { defaultSettings, isSettingName, SETTINGS } from "../core/config/settings.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";
import { readConfigFile } from "./config-file.ts";
import { problemsText } from "./problem-text.ts";
import { type Paint, paintFor } from "./text.ts";

/** The command. */
export const command = defineCommand({
  summary: "check the sites of a config file",
  help: "apply FILE --dry-run reads a config (.ts, .json or .yaml), prints all that is wrong with it, each with its place and what to do, or a summary of its sites. Exit code 0: good, 1: not good, 2: bad usage. docs/config.md is the reference.",
  flags: {
    dryRun: { kind: "boolean", help: "Only check; change nothing." },
  },
  positionals: { usage: "apply FILE", min: 2, max: 2 },
  examples: ["sites apply antipode.config.ts --dry-run", "sites apply antipode.config.yaml --dry-run --json"],
  run: async ({ flags, positionals, json }) => {
    const [verb, file = ""] = positionals;
    if (verb !== "apply") throw new UsageError(`"${verb}" is not known; write: antipode sites apply FILE --dry-run`);
    if (!flags.dryRun) {
      throw new CommandFailure(
        "there is no ledger yet to apply a config to; --dry-run checks it, and roles read it with --config FILE",
      );
    }
    return check(file, { json, paint: paintFor(process.stdout) });
  },
});

async function check(file: string, output: { readonly json: boolean; readonly paint: Paint }): Promise<number> {
  const read = await readConfigFile(file);
  const compiled =
    read.kind === "content"
      ? compileConfig(read.content, { appliedAtMs: Date.now() })
      : { kind: "problems" as const, problems: [{ path: "", message: read.reason }] };
  const isGood = compiled.kind === "compiled";
  if (output.json) {
    const report = isGood
      ? { file, ok: true, ...summary(compiled.config) }
      : { file, ok: false, problems: compiled.problems };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    process.stdout.write(
      isGood ? summaryText(file, compiled.config, output.paint) : problemsText(file, compiled.problems, output.paint),
    );
  }
  return isGood ? 0 : 1;
}

interface SiteSummary {
  readonly name: string;
  readonly origins: readonly string[];
  readonly rules: number;
  readonly profile: string;
}

function summary(config: CompiledConfig): {
  readonly sites: readonly SiteSummary[];
  readonly edges: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
} {
  const changed = Object.entries(config.settings).filter(
    ([name, value]) => isSettingName(name) && value !== defaultSettings[name],
  );
  return {
    sites: [...config.sites.values()].map(({ name, origins, ruleCount, profile }) => ({
      name,
      origins: origins.map(({ target }) => `${target.scheme}://${authorityOf(target)}`),
      rules: ruleCount,
      profile,
    })),
    edges: [...config.edges.keys()],
    settings: Object.fromEntries(changed),
  };
}

function summaryText(file: string, config: CompiledConfig, paint: Paint): string {
  const { sites, edges, settings } = summary(config);
  const lines = sites.map(({ name, origins, rules, profile }) => {
    const [first = "", ...others] = origins;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `  ${paint("bold", name)}: ${first}${more}, ${counted(rules, "rule")}, profile ${profile}`;
  });
  const changed = Object.entries(settings).map(([name, value]) => {
    const unit = isSettingName(name) ? SETTINGS[name].unit : "";
    return `  ${name}: ${value} ${unit}`;
  });
  const head = paint("green", `${file} is good: ${counted(sites.length, "site")}, ${counted(edges.length, "edge")}`);
  const settingLines = changed.length === 0 ? [] : ["", "Settings that are not the default:", ...changed];
  return `${[head, "", ...lines, ...settingLines].join("\n")}\n`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
