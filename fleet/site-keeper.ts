/** The sites of one node: those of the ledger, on trial while they are new, with their last good versions on the node's disk. */
import { type BookOptions, SiteBook, type VersionedSite } from "../core/config/site-book.ts";
import type { NodeDisk } from "../core/ledger/follow-ports.ts";
import { parsePosition, positionText } from "../core/ledger/position.ts";
import { isMembers, numberMember, parseJson, textMember } from "../core/ledger/read-json.ts";
import type { Clock } from "../core/ports.ts";
import type { Adoption } from "./follower-parts.ts";
import {
  afterStart,
  afterTrial,
  NO_TRIALS,
  readTrials,
  TRIAL_MS,
  type Trials,
  trialsText,
  withTrials,
} from "./trials.ts";

/** On the node's disk. */
const TRIALS_FILE = "trials.json";

/** What a keeper is made of. */
export interface SiteKeeperParts {
  readonly disk: NodeDisk;
  readonly clock: Clock;
  /** Good versions of a site that stay on disk. */
  readonly generationsKept: number;
  readonly prepare?: BookOptions["prepare"];
  /** Says something to the operator. */
  say(line: string): void;
}

/** The sites of one node. */
export class SiteKeeper {
  readonly #parts: SiteKeeperParts;
  readonly #book: SiteBook;
  #trials: Trials = NO_TRIALS;
  #cancelTrial: () => void = () => {};
  /** The last good version that was written, by site. */
  readonly #kept = new Map<string, string>();

  constructor(parts: SiteKeeperParts) {
    this.#parts = parts;
    this.#book = new SiteBook({
      ...(parts.prepare && { prepare: parts.prepare }),
      quarantined: (site, version) =>
        this.#trials.condemned.get(site) === version
          ? "this node died twice within a minute of it; the version before it is served"
          : undefined,
      lastGood: (site, version) => this.#generationsOf(site).find((one) => positionText(one.version) !== version),
    });
  }

  /** Takes what is on disk. If the node died with versions on trial, that is counted, and said when it condemns one. */
  start(): void {
    const { disk, say } = this.#parts;
    const before = readTrials(parseJson(disk.loadNow(TRIALS_FILE) ?? ""));
    // Without an earlier version, and with no other site, the node would serve nothing: then it is not the version's fault.
    const isOnly = before.onTrial.size >= new Set([...before.proven.keys(), ...before.onTrial.keys()]).size;
    this.#trials = afterStart(before, (site) => !isOnly || this.#generationsOf(site).length > 1);
    for (const [site, version] of this.#trials.condemned) {
      if (before.condemned.get(site) !== version)
        say(`version ${version} of ${site} is set aside: this node died twice within a minute of it`);
    }
    this.#keep();
    this.#watchTrial();
  }

  /** Stopping on purpose is not dying. */
  stop(): void {
    this.#cancelTrial();
    this.#trials = { ...this.#trials, isRunning: false };
    this.#keep();
  }

  /** The site of a host name. */
  readonly findSite = (authority: string) => this.#book.findSite(authority);

  /** The sites that are served. */
  sites() {
    return this.#book.sites();
  }

  /** Takes the sites of the ledger over. What is new is on trial, and on disk as such before it counts. */
  adopt(sites: ReadonlyMap<string, VersionedSite>): Adoption {
    const versions = new Map([...sites].map(([name, { version }]) => [name, positionText(version)]));
    const trials = withTrials(this.#trials, versions);
    if (trials !== undefined) {
      this.#trials = trials;
      this.#keep();
      this.#watchTrial();
    }
    const change = this.#book.adopt(sites);
    for (const [name, site] of sites) {
      const version = versions.get(name);
      if (change.refusedSites[name] === undefined && this.#kept.get(name) !== version && version !== undefined)
        this.#keepGeneration(name, version, site);
    }
    return change;
  }

  #watchTrial(): void {
    this.#cancelTrial();
    if (this.#trials.onTrial.size === 0) return;
    this.#cancelTrial = this.#parts.clock.after(TRIAL_MS, () => {
      this.#trials = afterTrial(this.#trials);
      this.#keep();
    });
  }

  #keep(): void {
    this.#attempt(() => this.#parts.disk.saveNow(TRIALS_FILE, trialsText(this.#trials)));
  }

  #keepGeneration(name: string, version: string, site: VersionedSite): void {
    this.#kept.set(name, version);
    const others = this.#generationsOf(name).filter((one) => positionText(one.version) !== version);
    const kept = [site, ...others].slice(0, this.#parts.generationsKept);
    if (positionText(this.#generationsOf(name)[0]?.version ?? { epoch: "", seq: 0 }) === version) return;
    const text = JSON.stringify(kept.map((one) => ({ ...one, version: positionText(one.version) })));
    this.#attempt(() => this.#parts.disk.saveNow(fileOf(name), text));
  }

  /** Good versions of a site, the newest first. */
  #generationsOf(name: string): readonly VersionedSite[] {
    const list = parseJson(this.#parts.disk.loadNow(fileOf(name)) ?? "");
    return Array.isArray(list) ? list.flatMap((one: unknown) => generationOf(one) ?? []) : [];
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#parts.say(`cannot keep the sites on disk: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** Names of sites begin with a letter or a digit and have no slash. */
function fileOf(site: string): string {
  return `site-${site}.json`;
}

function generationOf(value: unknown): VersionedSite | undefined {
  if (!isMembers(value)) return undefined;
  const version = parsePosition(textMember(value, "version") ?? "");
  const at = numberMember(value, "at");
  return version === undefined || at === undefined ? undefined : { version, at, config: value.config };
}
