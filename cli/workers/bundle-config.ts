/** Builds a config file of several sites into the Worker: judged here first, so that a bad one is never deployed. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workerSites } from "../../edge/worker-sites.ts";
import { CommandFailure } from "../args.ts";
import { contentOf } from "../load-config.ts";
import { ROOT, WRANGLER_TOML } from "./wrangler.ts";

/**
 * The wrangler config that builds the file in: a copy of wrangler.toml with one line more. (`wrangler dev` has a flag
 * for that too, and ignores it.) Without a file it is wrangler.toml itself. Fails with all that is wrong with the file.
 */
export async function wranglerConfig(
  configFile: string | undefined,
  directory = join(ROOT, ".wrangler", "antipode"),
): Promise<string> {
  if (configFile === undefined) return WRANGLER_TOML;
  const content = await contentOf(configFile);
  const judged = workerSites({}, content, Date.now());
  if (judged.kind === "problems") {
    throw new CommandFailure(`${configFile} cannot be used on Workers:\n  ${judged.problems.join("\n  ")}`);
  }
  const built = join(directory, "bundled-config.mjs");
  const toml = join(directory, "wrangler.toml");
  await mkdir(directory, { recursive: true });
  await writeFile(built, `export const bundledConfig = ${JSON.stringify(content)};\n`);
  await writeFile(toml, withAlias(await readFile(WRANGLER_TOML, "utf8"), built));
  return toml;
}

/** The text of wrangler.toml for another folder, with the built file in the place of the empty one. */
function withAlias(toml: string, built: string): string {
  const main = `main = ${JSON.stringify(join(ROOT, "edge", "worker.ts"))}`;
  return `${toml.replace(/^main = .*$/m, main)}\n[alias]\n"#worker-config" = ${JSON.stringify(built)}\n`;
}
