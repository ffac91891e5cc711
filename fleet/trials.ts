/**
 * Versions of sites on trial. A version is on trial until the node has lived with it for a minute; a node that died with it
 * twice in a row takes the version before it instead. Pure: what is kept on disk, and what happens to it.
 */
import { isMembers, type Members, membersMember, numberMember, textMember } from "../core/ledger/read-json.ts";

/** How long a node lives with a version before it is believed. */
export const TRIAL_MS = 60_000;
/** Deaths in a row during a trial that condemn a version. */
const DEATHS_MAX = 2;

/** One version on trial. */
export interface Trial {
  readonly version: string;
  readonly deaths: number;
}

/** What a node knows of its trials. */
export interface Trials {
  /** The node has not said that it stopped: if it starts now, it died. */
  readonly isRunning: boolean;
  /** By site. */
  readonly onTrial: ReadonlyMap<string, Trial>;
  /** By site: the version that is not taken. */
  readonly condemned: ReadonlyMap<string, string>;
  /** By site: the version that the node has lived with. */
  readonly proven: ReadonlyMap<string, string>;
}

/** Of a node that never ran. */
export const NO_TRIALS: Trials = { isRunning: false, onTrial: new Map(), condemned: new Map(), proven: new Map() };

/** The node starts: if it died, that counts against what was on trial. `condemnable` says which may be done without. */
export function afterStart(trials: Trials, condemnable: (site: string) => boolean): Trials {
  const died = trials.isRunning;
  const onTrial = new Map<string, Trial>();
  const condemned = new Map(trials.condemned);
  for (const [site, { version, deaths }] of trials.onTrial) {
    const counted = deaths + (died ? 1 : 0);
    if (counted >= DEATHS_MAX && condemnable(site)) condemned.set(site, version);
    else onTrial.set(site, { version, deaths: counted });
  }
  return { ...trials, isRunning: true, onTrial, condemned };
}

/** The versions that are about to be taken. Undefined: none of them is new, so there is nothing to be kept. */
export function withTrials(trials: Trials, versions: ReadonlyMap<string, string>): Trials | undefined {
  const isNew = (site: string, version: string) =>
    trials.proven.get(site) !== version &&
    trials.onTrial.get(site)?.version !== version &&
    trials.condemned.get(site) !== version;
  const news = [...versions].filter(([site, version]) => isNew(site, version));
  if (news.length === 0) return undefined;
  const onTrial = new Map(trials.onTrial);
  const condemned = new Map(trials.condemned);
  for (const [site, version] of news) {
    onTrial.set(site, { version, deaths: 0 });
    condemned.delete(site);
  }
  return { ...trials, onTrial, condemned };
}

/** The node has lived long enough with what is on trial. */
export function afterTrial(trials: Trials): Trials {
  const proven = new Map(trials.proven);
  for (const [site, { version }] of trials.onTrial) proven.set(site, version);
  return { ...trials, onTrial: new Map(), proven };
}

/** For the disk. */
export function trialsText({ isRunning, onTrial, condemned, proven }: Trials): string {
  const parts = [onTrial, condemned, proven].map((map) => Object.fromEntries<unknown>(map));
  return JSON.stringify({ isRunning, onTrial: parts[0], condemned: parts[1], proven: parts[2] });
}

/** Of what was on disk; what is damaged counts as nothing. */
export function readTrials(value: unknown): Trials {
  if (!isMembers(value)) return NO_TRIALS;
  const trials = Object.entries(membersMember(value, "onTrial")).flatMap(([site, trial]) => {
    const read = isMembers(trial) ? readTrial(trial) : undefined;
    return read === undefined ? [] : [[site, read] as const];
  });
  return {
    isRunning: value.isRunning === true,
    onTrial: new Map(trials),
    condemned: textsOf(membersMember(value, "condemned")),
    proven: textsOf(membersMember(value, "proven")),
  };
}

function readTrial(trial: Members): Trial | undefined {
  const version = textMember(trial, "version");
  return version === undefined ? undefined : { version, deaths: numberMember(trial, "deaths") ?? 0 };
}

function textsOf(members: Members): ReadonlyMap<string, string> {
  return new Map(Object.entries(members).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}
