/** `antipode settings`: every limit and timer with its default, bounds and meaning. */

import { nearest } from "../core/config/nearest.ts";
import { isSettingName, SETTING_GROUPS, SETTINGS } from "../core/config/settings.ts";
import { defineCommand, UsageError } from "./args.ts";
import { amount } from "./docs/settings-page.ts";
import { type Paint, paintFor, twoColumns, wrap } from "./text.ts";

const COLUMNS = 96;

/** The command. */
export const command = defineCommand({
  summary: "list the limits and timers that a config can set",
  help: "Without a name: all settings with their defaults. With a name: what it does and its bounds. They stand under `settings` of the config file.",
  flags: {},
  positionals: { usage: "[NAME]", min: 0, max: 1 },
  examples: ["settings", "settings hitForPassSeconds"],
  run: async ({ positionals: [name], json }) => {
    const paint = paintFor(process.stdout);
    if (name === undefined) process.stdout.write(json ? `${JSON.stringify(SETTINGS)}\n` : allText(paint));
    else process.stdout.write(oneText(name, { json, paint }));
    return 0;
  },
});

function allText(paint: Paint): string {
  const groups = SETTING_GROUPS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(([name, row]) => [name, amount(row)] as const);
    return [paint("bold", title), ...twoColumns(lines, COLUMNS), ""].join("\n");
  });
  return `${groups.join("\n")}\n`;
}

function oneText(name: string, output: { readonly json: boolean; readonly paint: Paint }): string {
  if (!isSettingName(name)) {
    const guess = nearest(name, Object.keys(SETTINGS));
    throw new UsageError(`no setting is called "${name}"${guess === undefined ? "" : `; did you mean ${guess}?`}`);
  }
  const row = SETTINGS[name];
  if (output.json) return `${JSON.stringify({ name, ...row })}\n`;
  const bounds = `Default ${amount(row)}; from ${row.min} to ${row.max}.`;
  return `${[output.paint("bold", name), ...wrap(row.about, COLUMNS), bounds].join("\n")}\n`;
}
