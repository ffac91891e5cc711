/** The sites of an edge on Workers: bundled from a config file, or one that variables describe; or what is wrong with them. */
import { compileConfig } from "../core/config/compile-config.ts";
import type { CompiledSite } from "../core/config/compiled-site.ts";
import { privateKind } from "../core/config/origin-url.ts";
import type { Problem } from "../core/config/problems.ts";
import { withSecrets } from "../core/config/secrets.ts";
import { defaultSettings, type Settings } from "../core/config/settings.ts";
import { parseAddress } from "../core/net/address.ts";
import { singleSite } from "./single-site.ts";

/** Variables of wrangler.toml that describe the one site, and the secrets that a config names. Anything may be missing. */
export interface SiteVariables {
  readonly [name: string]: unknown;
  readonly ORIGIN?: unknown;
  readonly PROFILE?: unknown;
}

/** Sites ready to serve. */
export interface ReadySites {
  readonly kind: "ready";
  readonly settings: Settings;
  /** All of them. */
  readonly sites: readonly CompiledSite[];
  readonly findSite: (authority: string) => CompiledSite | undefined;
}

/** Sites, or every reason why there are none, each a sentence that names what to set. */
export type WorkerSites = ReadySites | { readonly kind: "problems"; readonly problems: readonly string[] };

const NO_HOST_REWRITE =
  "Workers cannot send another Host than the one in the origin's URL; remove it and let the origin answer to that name";

const NO_TLS_OPTIONS =
  "Workers verify the origin's own name by public authorities and show no client certificate of a file; remove it";

/** `bundled` is the config file that was built in, at `appliedAtMs`; undefined: the variables count. */
export function workerSites(variables: SiteVariables, bundled: unknown, appliedAtMs: number): WorkerSites {
  return bundled === undefined
    ? siteOfVariables(variables, appliedAtMs)
    : sitesOfConfig(variables, bundled, appliedAtMs);
}

function siteOfVariables({ ORIGIN, PROFILE = "safe" }: SiteVariables, appliedAtMs: number): WorkerSites {
  const problems: string[] = [];
  const profile = PROFILE === "safe" || PROFILE === "rfc9111" ? PROFILE : undefined;
  if (profile === undefined) problems.push(`PROFILE is ${JSON.stringify(PROFILE)}: write "safe" or "rfc9111"`);
  if (typeof ORIGIN !== "string" || ORIGIN === "") {
    const where = "or build a config of several sites in with --config FILE";
    problems.unshift(
      `ORIGIN is missing: under [vars] in wrangler.toml write ORIGIN = "https://origin.example.com", ${where}`,
    );
    return { kind: "problems", problems };
  }
  const made = singleSite({ originUrl: ORIGIN, profile: profile ?? "safe", appliedAtMs });
  if ("problems" in made) {
    const wrong = made.problems.map((problem) => sentence({ ...problem, path: "ORIGIN" }));
    return { kind: "problems", problems: [...wrong, ...problems] };
  }
  if (problems.length > 0) return { kind: "problems", problems };
  return { kind: "ready", settings: defaultSettings, sites: [made.site], findSite: () => made.site };
}

function sitesOfConfig(variables: SiteVariables, bundled: unknown, appliedAtMs: number): WorkerSites {
  const { content, problems } = withSecrets(bundled, {
    secret: (name) => {
      const value = variables[name];
      return typeof value === "string" ? value : undefined;
    },
    howToSet: (name) => `npx wrangler secret put ${name} -c wrangler.toml`,
  });
  const compiled = compileConfig(content, { appliedAtMs });
  const wrong = [...problems, ...(compiled.kind === "problems" ? compiled.problems : [])].map(sentence);
  if (compiled.kind === "problems") return { kind: "problems", problems: wrong };
  const { sites, settings, findSite } = compiled.config;
  for (const [name, site] of sites) {
    if (site.tls !== undefined) wrong.push(`sites.${name}.origin.tls: ${NO_TLS_OPTIONS}`);
    if (site.hostHeader !== undefined) wrong.push(`sites.${name}.origin.hostHeader: ${NO_HOST_REWRITE}`);
  }
  if (wrong.length > 0) return { kind: "problems", problems: wrong };
  return { kind: "ready", settings, sites: [...sites.values()], findSite };
}

/** Why Cloudflare's network could not reach the origins of some sites, which a machine of one's own may reach. */
export function unreachableOrigins(sites: readonly CompiledSite[]): readonly string[] {
  return sites.flatMap(({ name, origins }) =>
    origins.flatMap(({ target }) => {
      const kind = parseAddress(target.host) === undefined ? privateKind(target) : "an address";
      if (kind === undefined) return [];
      return [`site ${name}: Workers cannot reach ${target.host}, ${kind}: give the origin a public name of its own`];
    }),
  );
}

function sentence({ path, message, hint }: Problem): string {
  return `${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}
