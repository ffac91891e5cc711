/** Builds a config file of several sites into the Worker: judged here first, so that a bad one is never deployed. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withSecrets } from "../../core/config/secrets.ts";
import { unreachableOrigins, workerSites } from "../../edge/worker-sites.ts";
import { CommandFailure } from "../args.ts";
import { contentOf } from "../load-config.ts";
import { ROOT, WRANGLER_TOML } from "./wrangler.ts";

/** What a config is built in for. */
export interface BundleOptions {
  /** For Cloudflare's network, which reaches less than this machine. */
  readonly deployed?: boolean;
  /** Where what is built lies. */
  readonly directory?: string;
}

/**
 * The wrangler config that builds the file in: a copy of wrangler.toml with one line more. (`wrangler dev` has a flag
 * for that too, and ignores it.) Without a file it is wrangler.toml itself. Fails with all that is wrong with the file.
 */
export async function wranglerConfig(
  configFile: string | undefined,
  { deployed = false, directory = join(ROOT, ".wrangler", "antipode") }: BundleOptions = {},
): Promise<string> {
  if (configFile === undefined) return WRANGLER_TOML;
  const content = await contentOf(configFile);
  const builtAtMs = Date.now();
  const judged = workerSites({}, withStandIns(content), builtAtMs);
  const problems = judged.kind === "problems" ? judged.problems : deployed ? unreachableOrigins(judged.sites) : [];
  if (problems.length > 0) {
    throw new CommandFailure(`${configFile} cannot be used on Workers:\n  ${problems.join("\n  ")}`);
  }
  const built = join(directory, "bundled-config.mjs");
  const toml = join(directory, "wrangler.toml");
  await mkdir(directory, { recursive: true });
  const constants = { bundledConfig: content, bundledAtMs: builtAtMs };
  const lines = Object.entries(constants).map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};\n`);
  await writeFile(built, lines.join(""));
  await writeFile(toml, withAlias(await readFile(WRANGLER_TOML, "utf8"), built));
  return toml;
}

/** Secrets are Cloudflare's to know: each is taken to be there. The Worker says at its start when one is not. */
function withStandIns(content: unknown): unknown {
  return withSecrets(content, { secret: () => "secret", howToSet: () => "" }).content;
}

/** The text of wrangler.toml for another folder, with the built file in the place of the empty one. */
function withAlias(toml: string, built: string): string {
  const main = `main = ${JSON.stringify(join(ROOT, "edge", "worker.ts"))}`;
  return `${toml.replace(/^main = .*$/m, main)}\n[alias]\n"#worker-config" = ${JSON.stringify(built)}\n`;
}
