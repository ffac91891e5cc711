/** `antipode settings`: every limit and timer with its default, bounds and meaning; and those of a fleet, which it changes. */

import { nearest } from "../core/config/nearest.ts";
import { isSettingName, SETTING_GROUPS, SETTINGS } from "../core/config/settings.ts";
import { isMembers, type Members } from "../core/ledger/read-json.ts";
import { defineCommand, UsageError } from "./args.ts";
import { asked, CONTROL_FLAGS, type ControlFlags, controlClient, print, table } from "./control/client.ts";
import { amount } from "./docs/settings-page.ts";
import { type Paint, paintFor, twoColumns, wrap } from "./text.ts";

const COLUMNS = 96;

/** The command. */
export const command = defineCommand({
  summary: "list the limits and timers, and change those of a fleet",
  help: "Without a name: all settings with their defaults. With a name: what it does and its bounds. They stand under `settings` of the config file; in a fleet they are in the ledger: `fleet` shows what was changed there, `set` changes some, `unset` gives them their defaults again. Control and the waits of nodes follow at once, the rest holds from the next start of a node on.",
  flags: CONTROL_FLAGS,
  positionals: { usage: "[NAME] | fleet | set NAME=VALUE… | unset NAME…", min: 0, max: 50 },
  examples: ["settings", "settings hitForPassSeconds", "settings set heartbeatIntervalMs=1000", "settings fleet"],
  run: async ({ flags, positionals: [name, ...more], json }) => {
    if (name === "fleet" || name === "set" || name === "unset") return await ofFleet(flags, { verb: name, more, json });
    if (more.length > 0) throw new UsageError(`"${name}" takes no more words; write set NAME=VALUE or unset NAME`);
    const paint = paintFor(process.stdout);
    if (name === undefined) process.stdout.write(json ? `${JSON.stringify(SETTINGS)}\n` : allText(paint));
    else process.stdout.write(oneText(name, { json, paint }));
    return 0;
  },
});

async function ofFleet(
  flags: ControlFlags,
  {
    verb,
    more,
    json,
  }: { readonly verb: "fleet" | "set" | "unset"; readonly more: readonly string[]; readonly json: boolean },
): Promise<number> {
  const body = verb === "fleet" ? undefined : wanted(verb, more);
  const change = body === undefined ? {} : ({ method: "PATCH", body } as const);
  const answer = await asked(controlClient(flags), { path: "/v1/settings", ...change });
  print(json, answer, () => changedText(answer));
  return 0;
}

/** The body of the change. What is wrong with a name or a value is control's to say. */
function wanted(verb: "set" | "unset", words: readonly string[]): Readonly<Record<string, number | null>> {
  if (words.length === 0)
    throw new UsageError(verb === "set" ? "set needs NAME=VALUE" : "unset needs the NAME of a setting");
  if (verb === "unset") return Object.fromEntries(words.map((name) => [name, null]));
  return Object.fromEntries(
    words.map((word) => {
      const [name = "", value = ""] = word.split("=", 2);
      if (value.trim() === "" || !Number.isFinite(Number(value)))
        throw new UsageError(`"${word}" is not NAME=VALUE with a number; for example heartbeatIntervalMs=1000`);
      return [name, Number(value)];
    }),
  );
}

function changedText({ changed }: Members): string {
  const rows = Object.entries(isMembers(changed) ? changed : {}).map(([name, value]) => [
    ...[name, String(value)],
    isSettingName(name) ? amount(SETTINGS[name]) : "-",
  ]);
  return rows.length === 0
    ? "all settings of the fleet have their defaults\n"
    : table([["SETTING", "VALUE", "DEFAULT"], ...rows]);
}

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
