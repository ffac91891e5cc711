/** docs/settings.md, from the settings table. */

import type { Setting } from "../../core/config/settings/setting.ts";
import { SETTING_GROUPS } from "../../core/config/settings.ts";
import { cell } from "./markdown.ts";

const HEAD = `# Settings

Every operational limit and timer, in one table. This page is made from \`core/config/settings.ts\` by
\`node cli/docs/generate.ts\`; a test fails when the two differ.

Set one under \`settings\` of the config file; what is not set has its default. Values are whole numbers in the unit
given; a value out of bounds or an unknown name is an error that names the place. \`antipode settings\` prints the same.

\`\`\`json
{ "settings": { "hitForPassSeconds": 60, "originConnectTimeoutMs": 1000 }, "sites": {} }
\`\`\`
`;

/** The page. */
export function settingsPage(): string {
  const sections = SETTING_GROUPS.map(({ title, rows }) => {
    const lines = Object.entries(rows).map(([name, row]) => {
      const bounds = `${row.min} … ${row.max}`;
      return `| \`${name}\` | ${amount(row)} | ${bounds} | ${cell(row.about)} |`;
    });
    return [`## ${title}`, "", "| Name | Default | Bounds | |", "|---|---|---|---|", ...lines, ""].join("\n");
  });
  return `${HEAD}\n${sections.join("\n")}`;
}

/** A default with its unit, and bytes in a form that can be read. */
export function amount({ default: value, unit }: Setting): string {
  const size = unit === "bytes" ? sizeText(value) : undefined;
  return size === undefined ? `${value} ${unit}` : `${value} ${unit} (${size})`;
}

function sizeText(bytes: number): string | undefined {
  const units = ["KiB", "MiB", "GiB"];
  const index = units.findLastIndex((_unit, power) => bytes > 0 && bytes % 1024 ** (power + 1) === 0);
  return index === -1 ? undefined : `${bytes / 1024 ** (index + 1)} ${units[index]}`;
}
