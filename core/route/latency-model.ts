/**
 * What is known about round trips: the distance as a prior, residuals of groups of clients, and what each prefix has
 * measured. `learn.ts` teaches it, `estimate.ts` asks it. Its order of edges is fixed while it lives.
 */
import type { EdgeSet } from "./edge-set.ts";
import type { Place } from "./geo.ts";
import { cellKeyOf, countryKeyOf } from "./group-key.ts";
import { GroupTable } from "./group-table.ts";
import { PrefixTable } from "./prefix-table.ts";

/** A client as routing sees it. */
export interface RouteClient {
  /** Key of its /24 or /48; undefined: nothing of its own can be learned. */
  readonly prefix: number | undefined;
  readonly place: Place | undefined;
  /** Number of its autonomous system, where known. */
  readonly network?: number | undefined;
}

/** Bounds and half-lives of what is learned. */
export interface LatencyRules {
  readonly prefixesMax: number;
  readonly groupsMax: number;
  readonly prefixHalfLifeMs: number;
  readonly groupHalfLifeMs: number;
}

const HOUR_MS = 3_600_000;

/** Start values: 100,000 prefixes take 19 MB. */
export const LATENCY_RULES: LatencyRules = {
  prefixesMax: 100_000,
  groupsMax: 4096,
  prefixHalfLifeMs: 12 * HOUR_MS,
  groupHalfLifeMs: 7 * 24 * HOUR_MS,
};

/** A place less exact than this is somewhere in a country: its centre is not taken for a point. */
export const PLACE_AREA_MAX_KM = 500;
/** A group's mean stands for at most so many clients. */
const GROUP_WEIGHT_MAX = 30;

/** The key of the group that every client is in. */
const EVERYBODY = 0;

/** The levels of groups, wide to narrow: each is shrunk towards the one before with the strength of `pull` clients. */
export const LEVELS = [
  { name: "fleet", pull: 16 },
  { name: "country", pull: 3 },
  { name: "network", pull: 2 },
  { name: "cell", pull: 1 },
] as const;

/** The name of a level. */
export type LevelName = (typeof LEVELS)[number]["name"];

/** The tables. */
export class LatencyModel {
  readonly edges: EdgeSet;
  readonly rules: LatencyRules;
  readonly prefixes: PrefixTable;
  /** Residuals over the distance, by level. */
  readonly groups: Readonly<Record<LevelName, GroupTable>>;
  /** Whole round trips by country and of everybody: the prior of clients whose place is not known. */
  readonly wholeRtt: GroupTable;
  /** How far samples of one path usually are from its mean: what is expected of a path that was measured once. */
  typicalSpreadMs = 2;

  constructor(edges: EdgeSet, epochMs: number, rules: LatencyRules = LATENCY_RULES) {
    this.edges = edges;
    this.rules = rules;
    this.prefixes = new PrefixTable(rules.prefixesMax, epochMs);
    const bounds = { halfLifeMs: rules.groupHalfLifeMs, weightMax: GROUP_WEIGHT_MAX };
    const table = (groupsMax: number) => new GroupTable(edges.ids.length, { groupsMax, ...bounds });
    const { groupsMax } = rules;
    this.groups = { fleet: table(1), country: table(512), network: table(groupsMax), cell: table(groupsMax) };
    this.wholeRtt = table(513);
  }

  /** The groups of a client, by level. */
  keysOf({ place, network }: RouteClient): Readonly<Record<LevelName, number | undefined>> {
    const cell = place === undefined || !isExact(place) ? undefined : cellKeyOf(place.at);
    return { fleet: EVERYBODY, country: countryKeyOf(place?.country), network, cell };
  }
}

/** Whether a place is a point rather than a country. */
export function isExact(place: Place): boolean {
  return (place.areaKm ?? 0) <= PLACE_AREA_MAX_KM;
}
