/** Writes the documents that are made from the source: `node cli/docs/generate.ts`. A test says when it is due. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { CONFIG_SCHEMA_FILE, configJsonSchema } from "../../control/schema/config-schema.ts";
import { configPage } from "./config-page.ts";
import { logsPage } from "./logs-page.ts";
import { metricsPage } from "./metrics-page.ts";
import { settingsPage } from "./settings-page.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const CONFIG_PAGE = "docs/config.md";
const METRICS_PAGE = "docs/metrics.md";
const LOGS_PAGE = "docs/logs.md";

/** The texts by file, relative to the root of the project. */
export async function generatedDocuments(): Promise<Readonly<Record<string, string>>> {
  return {
    "docs/settings.md": settingsPage(),
    [CONFIG_PAGE]: configPage(await readFile(path.join(ROOT, CONFIG_PAGE), "utf8")),
    [METRICS_PAGE]: metricsPage(await readFile(path.join(ROOT, METRICS_PAGE), "utf8")),
    [LOGS_PAGE]: logsPage(await readFile(path.join(ROOT, LOGS_PAGE), "utf8")),
    [CONFIG_SCHEMA_FILE]: configJsonSchema(),
  };
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await generatedDocuments())) await writeFile(path.join(ROOT, file), text);
}
