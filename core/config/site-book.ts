/** The sites of the ledger as a node serves them. A version that does not compile changes nothing: its site keeps the one before. */
import type { Position } from "../ledger/position.ts";
import { positionText } from "../ledger/position.ts";
import { compileSite } from "./compile-config.ts";
import type { CompiledSite } from "./compiled-site.ts";
import { parseHostPattern } from "./host-pattern.ts";
import type { WithSecrets } from "./secrets.ts";
import { HostIndex } from "./site-index.ts";

/** A site as the ledger has it. */
export interface VersionedSite {
  readonly version: Position;
  /** When it was applied, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly config: unknown;
}

/** What taking sites over came to. */
export interface BookChange {
  /** Sites whose newest version was not taken, with the reason. */
  readonly refusedSites: Readonly<Record<string, string>>;
  /** Of these, the versions that are served instead; a site without one is not served. */
  readonly servedVersions: Readonly<Record<string, string>>;
}

/** What a book needs to judge sites. */
export interface BookOptions {
  /** Makes a config ready to be compiled (fills in its secrets), and says what is missing; absent: it stays as it is written. */
  prepare?(site: string, config: unknown): WithSecrets;
  /** Versions that are not taken although they compile, with the reason: this node crashed with them. */
  quarantined?(site: string, version: string): string | undefined;
  /** The newest good version of a site that is not this one, from before this process; absent: none is known. */
  lastGood?(site: string, version: string): VersionedSite | undefined;
}

interface Served {
  /** The newest version that was looked at, good or not. */
  readonly looked: string;
  /** The version that is served. */
  readonly version: string | undefined;
  readonly refused: string | undefined;
  readonly site: CompiledSite | undefined;
  readonly hosts: readonly string[];
}

/** The book of one node. */
export class SiteBook {
  #served: ReadonlyMap<string, Served> = new Map();
  #index = new HostIndex<CompiledSite>();
  readonly #options: BookOptions;

  /** The site of a host name. */
  readonly findSite = (authority: string): CompiledSite | undefined => this.#index.find(authority);

  constructor(options: BookOptions = {}) {
    this.#options = options;
  }

  /** The sites that are served. */
  sites(): readonly CompiledSite[] {
    return [...this.#served.values()].flatMap(({ site }) => site ?? []);
  }

  /** Takes the sites over, but for versions that are not good: their sites keep the one before. */
  adopt(sites: ReadonlyMap<string, VersionedSite>): BookChange {
    const served = new Map<string, Served>();
    for (const [name, site] of sites) served.set(name, this.#servedOf(name, site));
    const index = new HostIndex<CompiledSite>();
    for (const { site, hosts } of served.values()) {
      for (const host of hosts) {
        const pattern = parseHostPattern(host);
        if (pattern !== undefined && site !== undefined) index.add(pattern, site);
      }
    }
    this.#served = served;
    this.#index = index;
    const refused = [...served].filter(([, one]) => one.refused !== undefined);
    return {
      refusedSites: Object.fromEntries(refused.map(([name, one]) => [name, one.refused ?? ""])),
      servedVersions: Object.fromEntries(
        refused.flatMap(([name, { version }]) => (version === undefined ? [] : [[name, version]])),
      ),
    };
  }

  #servedOf(name: string, { version, at, config }: VersionedSite): Served {
    const before = this.#served.get(name);
    const looked = positionText(version);
    if (before?.looked === looked) return before;
    const quarantine = this.#options.quarantined?.(name, looked);
    const made = quarantine === undefined ? this.#compiled(name, config, at) : { refused: quarantine };
    if ("site" in made) return { looked, version: looked, refused: undefined, ...made };
    const { version: served, site, hosts = [] } = before ?? this.#lastGood(name, looked) ?? {};
    return { looked, version: served, refused: made.refused, site, hosts };
  }

  #lastGood(name: string, looked: string): Pick<Served, "version" | "site" | "hosts"> | undefined {
    const good = this.#options.lastGood?.(name, looked);
    if (good === undefined) return undefined;
    const made = this.#compiled(name, good.config, good.at);
    return "site" in made ? { version: positionText(good.version), ...made } : undefined;
  }

  #compiled(name: string, config: unknown, appliedAtMs: number): Compiled {
    try {
      const { content, problems: missing } = this.#options.prepare?.(name, config) ?? { content: config, problems: [] };
      const made = compileSite(content, { name, appliedAtMs });
      const problems = [...missing, ...(made.kind === "problems" ? made.problems : [])];
      if (made.kind === "problems" || problems.length > 0) {
        const [first] = problems;
        return { refused: `${problems.length} problems, the first at ${first?.path}: ${first?.message}` };
      }
      return { site: made.site, hosts: hostsOf(config) };
    } catch (error) {
      // A bug of ours that one site's config woke: it must not take the other sites down (FAULTS P02).
      return { refused: `it cannot be compiled: ${error instanceof Error ? error.message : "unknown"}` };
    }
  }
}

type Compiled = { readonly site: CompiledSite; readonly hosts: readonly string[] } | { readonly refused: string };

function hostsOf(config: unknown): readonly string[] {
  if (typeof config !== "object" || config === null || !("hosts" in config) || !Array.isArray(config.hosts)) return [];
  return config.hosts.filter((host) => typeof host === "string");
}
