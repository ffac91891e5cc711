/** The config of a role, compiled; or one error that lists all that is wrong with it. */
import { type CompiledConfig, compileConfig } from "../core/config/compile-config.ts";
import { type SecretSource, siteWithSecrets, type WithSecrets, withSecrets } from "../core/config/secrets.ts";
import type { Coordinates } from "../core/config/types.ts";
import { tlsFileProblems } from "../runtime/node/pem-files.ts";
import { CommandFailure } from "./args.ts";
import { readConfigFile } from "./config-file.ts";
import { problemsText } from "./problem-text.ts";
import { paintFor } from "./text.ts";

/** A compiled config, and what only `antipode dev` writes into it. */
export interface LoadedConfig extends CompiledConfig {
  /** Where the origin is taken to stand when `--wan` adds delays. */
  readonly originAt: Coordinates | undefined;
  /** The file was made by `antipode dev`: loopback is a trusted proxy. */
  readonly isDev: boolean;
}

const SECRETS: SecretSource = {
  secret: (name) => process.env[name],
  howToSet: (name) => `set ${name} in the environment of this process`,
};

/** A site with every secret of this process's environment that it names: for nodes whose sites are all its owner's. */
export function withAllSecrets(_name: string, config: unknown): WithSecrets {
  return siteWithSecrets(config, "", SECRETS);
}

/** Reads and compiles a config file. */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const input = await contentOf(file);
  const config = compileOrFail(input, file);
  const dev = isRecord(input) ? input.dev : undefined;
  const originAt = isRecord(dev) ? dev.originAt : undefined;
  return { ...config, originAt: isCoordinates(originAt) ? originAt : undefined, isDev: dev !== undefined };
}

/** Fails with a list when files that sites name for TLS with their origins cannot be used here. */
export function requireTlsFiles({ sites }: LoadedConfig, file: string): void {
  const problems = [...sites.values()].flatMap(({ name, tls }) =>
    tls === undefined ? [] : tlsFileProblems(tls).map((message) => ({ path: `sites.${name}.origin.tls`, message })),
  );
  if (problems.length > 0) throw new CommandFailure(problemsText(file, problems, paintFor(process.stderr)).trimEnd());
}

/** The sites of a file as they are written there, found good, except that private origins are allowed in `dev`. */
export async function sitesForDev(file: string): Promise<Readonly<Record<string, unknown>>> {
  const input = await contentOf(file);
  const given = isRecord(input) && isRecord(input.sites) ? input.sites : undefined;
  if (given === undefined) compileOrFail(input, file);
  const sites = Object.fromEntries(Object.entries(given ?? {}).map(([name, site]) => [name, withPrivateOrigins(site)]));
  compileOrFail(isRecord(input) ? { ...input, sites } : input, file);
  return sites;
}

function withPrivateOrigins(site: unknown): unknown {
  if (!isRecord(site)) return site;
  const { origin = {} } = site;
  return isRecord(origin) ? { ...site, origin: { ...origin, allowPrivate: true } } : site;
}

function compileOrFail(input: unknown, file: string): CompiledConfig {
  const { content, problems } = withSecrets(input, SECRETS);
  const compiled = compileConfig(content, { appliedAtMs: Date.now() });
  if (compiled.kind === "compiled" && problems.length === 0) return compiled.config;
  const all = [...problems, ...(compiled.kind === "problems" ? compiled.problems : [])];
  throw new CommandFailure(problemsText(file, all, paintFor(process.stderr)).trimEnd());
}

/** What stands in a config file, of any format, not yet judged. */
export async function contentOf(file: string): Promise<unknown> {
  const read = await readConfigFile(file);
  if (read.kind === "unreadable") throw new CommandFailure(`cannot read ${file}: ${read.reason}`);
  return read.content;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCoordinates(value: unknown): value is Coordinates {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");
}
