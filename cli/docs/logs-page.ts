/** docs/logs.md: prose by hand, the tables between `<!-- fields -->`, `<!-- outcomes -->` or `<!-- hidden -->` and `<!-- end -->` from the source. */
import { OUTCOMES } from "../../core/cache/outcome.ts";
import { LOG_FIELDS } from "../../core/log/log-fields.ts";
import { SECRET_QUERY_NAMES } from "../../core/log/redact.ts";
import { cell } from "./markdown.ts";

const BLOCK = /(<!-- (fields|outcomes|hidden) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The page with its tables made anew. */
export function logsPage(page: string): string {
  return page.replace(BLOCK, (_all, open: string, kind: string, close: string) => {
    const made = kind === "fields" ? fieldsTable() : kind === "outcomes" ? outcomesTable() : hiddenNames();
    return `${open}${made}\n${close}`;
  });
}

function fieldsTable(): string {
  const rows = Object.entries(LOG_FIELDS).map(([name, { help }]) => `| \`${name}\` | ${cell(help)} |`);
  return ["| Field | Meaning |", "|---|---|", ...rows].join("\n");
}

function outcomesTable(): string {
  const rows = Object.entries(OUTCOMES).map(([name, help]) => `| \`${name}\` | ${cell(help)} |`);
  return ["| Outcome | What happened |", "|---|---|", ...rows].join("\n");
}

function hiddenNames(): string {
  return SECRET_QUERY_NAMES.map((name) => `\`${name}\``).join(", ");
}
