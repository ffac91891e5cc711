/** URLs of a purge as the site's rules make keys of them (DESIGN rule 10): beside what was written, what it is stored under. */
import { compileSite } from "../core/config/compile-config.ts";
import type { CompiledSite } from "../core/config/compiled-site.ts";
import { keptTarget } from "../core/config/filter-query.ts";
import { rewrittenTarget } from "../core/config/rule-actions.ts";
import type { Fields } from "../core/http/fields.ts";
import type { Purge } from "../core/ledger/purges.ts";
import type { SiteVersion, Snapshot } from "../core/ledger/snapshot.ts";

/** Compiled sites that are kept; a purge of another one compiles it anew. */
const SITES_MAX = 64;

interface SitePurge extends Pick<Purge, "scope" | "values"> {
  readonly site: string;
}

/** Knows the key rules of sites. */
export class PurgeUrls {
  readonly #sites = new Map<string, { readonly config: unknown; readonly site: CompiledSite | undefined }>();

  /** What is looked up at edges: URLs (`//host/path?query`) in all forms under which the site stores them now; others as they are. */
  named({ sites }: Pick<Snapshot, "sites">, { site: name, scope, values }: SitePurge): readonly string[] {
    const version = sites.get(name);
    return scope === "url" && version !== undefined ? this.#normalised(name, version, values) : values;
  }

  #normalised(name: string, { config }: SiteVersion, urls: readonly string[]): readonly string[] {
    const site = this.#siteOf(name, config);
    if (site === undefined) return urls;
    return [...new Set(urls.flatMap((url) => [url, ...keyed(site, url)]))];
  }

  #siteOf(name: string, config: unknown): CompiledSite | undefined {
    const known = this.#sites.get(name);
    if (known?.config === config) return known?.site;
    const compiled = compileSite(config, { name, appliedAtMs: 0 });
    const site = compiled.kind === "problems" ? undefined : compiled.site;
    if (this.#sites.size >= SITES_MAX) this.#sites.clear();
    this.#sites.set(name, { config, site });
    return site;
  }
}

/** What a request for a URL is stored under, with http and https, where that is not the URL itself. */
function keyed(site: CompiledSite, url: string): readonly string[] {
  const pathAt = url.indexOf("/", 2);
  const authority = url.slice(2, pathAt);
  const forms = (["https", "http"] as const).map((scheme) => {
    const fields: Fields = [["host", authority]];
    const head = { method: "GET", scheme, authority, target: url.slice(pathAt), fields };
    const { rewrite, cache } = site.rulesFor(head);
    const target = rewrite === undefined ? head.target : rewrittenTarget(rewrite, head);
    return `//${authority}${keptTarget(target, cache.keyQuery)}`;
  });
  return forms.filter((form) => form !== url);
}
