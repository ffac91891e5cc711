/** Whether a config file is good, without asking anybody. */
import { type CompiledConfig, compileConfig } from "../../core/config/compile-config.ts";
import { authorityOf } from "../../core/config/origin-url.ts";
import { defaultSettings, isSettingName, SETTINGS } from "../../core/config/settings.ts";
import { readConfigFile } from "../config-file.ts";
import { problemsText } from "../problem-text.ts";
import type { Paint } from "../text.ts";

/** Prints all that is wrong with a file, or a summary of it. Returns the exit code. */
export async function check(file: string, output: { readonly json: boolean; readonly paint: Paint }): Promise<number> {
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
