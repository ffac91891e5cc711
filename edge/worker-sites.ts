/** The sites of an edge on Workers: bundled from a config file, or one that variables describe; or what is wrong with them. */
import { compileConfig } from "../core/config/compile-config.ts";
import type { CompiledSite } from "../core/config/compiled-site.ts";
import type { Problem } from "../core/config/problems.ts";
import { defaultSettings, type Settings } from "../core/config/settings.ts";
import { singleSite } from "./single-site.ts";

/** Variables of wrangler.toml that describe the one site. Anything may be missing. */
export interface SiteVariables {
  readonly ORIGIN?: unknown;
  readonly PROFILE?: unknown;
}

/** Sites ready to serve, or every reason why not, each a sentence that names what to set. */
export type WorkerSites =
  | {
      readonly kind: "ready";
      readonly settings: Settings;
      readonly findSite: (authority: string) => CompiledSite | undefined;
    }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

const NO_HOST_REWRITE =
  "Workers cannot send another Host than the one in the origin's URL; remove it and let the origin answer to that name";

/** `bundled` is the config file that was built in; undefined or without sites: the variables count. */
export function workerSites(variables: SiteVariables, bundled: unknown, appliedAtMs: number): WorkerSites {
  return bundled === undefined ? siteOfVariables(variables, appliedAtMs) : sitesOfConfig(bundled, appliedAtMs);
}

function siteOfVariables({ ORIGIN, PROFILE = "safe" }: SiteVariables, appliedAtMs: number): WorkerSites {
  const problems: string[] = [];
  if (typeof ORIGIN !== "string" || ORIGIN === "") {
    problems.push(
      'ORIGIN is missing: under [vars] in wrangler.toml write ORIGIN = "https://origin.example.com", or deploy with --config FILE for several sites',
    );
  }
  if (PROFILE !== "safe" && PROFILE !== "rfc9111") {
    problems.push(`PROFILE is ${JSON.stringify(PROFILE)}: write "safe" or "rfc9111"`);
  }
  if (typeof ORIGIN !== "string" || ORIGIN === "" || (PROFILE !== "safe" && PROFILE !== "rfc9111")) {
    return { kind: "problems", problems };
  }
  const made = singleSite({ originUrl: ORIGIN, profile: PROFILE, appliedAtMs });
  if ("problems" in made)
    return { kind: "problems", problems: made.problems.map(({ message }) => `ORIGIN: ${message}`) };
  return { kind: "ready", settings: defaultSettings, findSite: () => made.site };
}

function sitesOfConfig(bundled: unknown, appliedAtMs: number): WorkerSites {
  const compiled = compileConfig(bundled, { appliedAtMs });
  if (compiled.kind === "problems") return { kind: "problems", problems: compiled.problems.map(sentence) };
  const { sites, settings, findSite } = compiled.config;
  const refused = [...sites].flatMap(([name, site]) =>
    site.hostHeader === undefined ? [] : [`sites.${name}.origin.hostHeader: ${NO_HOST_REWRITE}`],
  );
  return refused.length > 0 ? { kind: "problems", problems: refused } : { kind: "ready", settings, findSite };
}

function sentence({ path, message, hint }: Problem): string {
  return `${path}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}
