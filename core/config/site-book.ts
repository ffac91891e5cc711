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

interface Served {
  /** The newest version that was looked at, good or not. */
  readonly looked: string;
  readonly refused: string | undefined;
  readonly site: CompiledSite | undefined;
  readonly hosts: readonly string[];
}

/** Makes a config ready to be compiled, and says what is missing. */
export type Prepare = (name: string, config: unknown) => WithSecrets;

/** The book of one node. */
export class SiteBook {
  #served: ReadonlyMap<string, Served> = new Map();
  #index = new HostIndex<CompiledSite>();

  readonly #prepare: Prepare;

  /** `prepare` fills in the secrets that a site names; without it they stay as they are written. */
  constructor(
    prepare: (name: string, config: unknown) => WithSecrets = (_name, content) => ({ content, problems: [] }),
  ) {
    this.#prepare = prepare;
  }

  /** All sites that are served. */
  *sites(): Generator<CompiledSite> {
    for (const { site } of this.#served.values()) if (site !== undefined) yield site;
  }

  /** The site of a host name. */
  readonly findSite = (authority: string): CompiledSite | undefined => this.#index.find(authority);

  /** Takes the sites over. Returns those whose newest version was not taken, with the reason. */
  adopt(sites: ReadonlyMap<string, VersionedSite>): Readonly<Record<string, string>> {
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
    return Object.fromEntries(
      [...served].flatMap(([name, { refused }]) => (refused === undefined ? [] : [[name, refused]])),
    );
  }

  #servedOf(name: string, { version, at, config }: VersionedSite): Served {
    const before = this.#served.get(name);
    const looked = positionText(version);
    if (before?.looked === looked) return before;
    const made = compiledOf(name, config, at, this.#prepare);
    if ("site" in made) return { looked, refused: undefined, ...made };
    return { looked, refused: made.refused, site: before?.site, hosts: before?.hosts ?? [] };
  }
}

function compiledOf(
  name: string,
  config: unknown,
  appliedAtMs: number,
  prepare: Prepare,
): { readonly site: CompiledSite; readonly hosts: readonly string[] } | { readonly refused: string } {
  try {
    const { content, problems: missing } = prepare(name, config);
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

function hostsOf(config: unknown): readonly string[] {
  if (typeof config !== "object" || config === null || !("hosts" in config) || !Array.isArray(config.hosts)) return [];
  return config.hosts.filter((host) => typeof host === "string");
}
