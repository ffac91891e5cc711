/** docs/metrics.md: prose by hand, the tables between `<!-- metrics -->` or `<!-- labels -->` and `<!-- end -->` from the source. */

import { OUTCOMES } from "../../core/cache/outcome.ts";
import { LABELS, METRICS } from "../../core/metrics/metric-table.ts";
import { RESULT_OF } from "../../core/metrics/outcome-result.ts";
import { cell } from "./markdown.ts";

const BLOCK = /(<!-- (metrics|labels|results) -->\n)[\s\S]*?(<!-- end -->)/g;

/** The page with its tables made anew. */
export function metricsPage(page: string): string {
  return page.replace(BLOCK, (_all, open: string, kind: string, close: string) => {
    const made = kind === "metrics" ? metricsTable() : kind === "labels" ? labelsTable() : resultsTable();
    return `${open}${made}\n${close}`;
  });
}

function metricsTable(): string {
  const rows = Object.entries(METRICS).map(([name, { type, unit, labels, roles, help, buckets }]) => {
    const shown = buckets === undefined ? help : `${help} Buckets: ${buckets.join(", ")}.`;
    const labelled = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${unit} | ${labelled} | ${roles.join(", ")} | ${cell(shown)} |`;
  });
  return ["| Metric | Type | Unit | Labels | Shown by | Meaning |", "|---|---|---|---|---|---|", ...rows].join("\n");
}

function labelsTable(): string {
  const rows = Object.entries(LABELS).map(([name, bound]) => `| \`${name}\` | ${cell(bound)} |`);
  return ["| Label | Values |", "|---|---|", ...rows].join("\n");
}

function resultsTable(): string {
  const groups = new Map<string, string[]>();
  for (const outcome of Object.keys(OUTCOMES)) {
    const result = Object.entries(RESULT_OF).find(([name]) => name === outcome)?.[1] ?? "";
    groups.set(result, [...(groups.get(result) ?? []), `\`${outcome}\``]);
  }
  const rows = [...groups].map(([result, outcomes]) => `| \`${result}\` | ${outcomes.join(", ")} |`);
  return ["| `result` | Outcomes |", "|---|---|", ...rows].join("\n");
}
