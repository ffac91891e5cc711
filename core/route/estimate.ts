/**
 * The round trip to expect between a client and each edge: distance, corrected by what clients like this one measured,
 * corrected by what its own prefix measured; with how sure that is and where it comes from.
 */
import { arcKm, type UnitVector, unitVectorOf } from "./edge-set.ts";
import type { Place } from "./geo.ts";
import { countryKeyOf } from "./group-key.ts";
import type { Group } from "./group-table.ts";
import { estimatedRttMs, fibreRttMs } from "./latency.ts";
import { isExact, type LatencyModel, LEVELS, type RouteClient } from "./latency-model.ts";
import { EDGES_PER_PREFIX, type MeasuredEdge } from "./prefix-table.ts";
import { betterPlace } from "./wrong-place.ts";

/** Where an estimate comes from, least to most. `unknown`: there is none, the configured order holds. */
export const ESTIMATE_SOURCES = ["unknown", "country", "great-circle", "learned", "measured"] as const;

/** One of them. */
export type EstimateSource = (typeof ESTIMATE_SOURCES)[number];

/** Numbers of the sources in `Estimates.source`. */
export const SOURCE = { unknown: 0, country: 1, greatCircle: 2, learned: 3, measured: 4 } as const;

/** Estimates for all edges, by edge number. Reused by the next question: read it before you ask again. */
export interface Estimates {
  /** Infinite: not known. */
  readonly rttMs: Float64Array;
  /** One standard deviation, as far as can be said. */
  readonly sigmaMs: Float64Array;
  /** Not a number: not known. */
  readonly km: Float64Array;
  readonly source: Uint8Array;
}

/** Error of the prior: a constant and a share of what the distance costs. */
const PRIOR_SIGMA_MS = 5;
const PRIOR_SIGMA_SHARE = 0.3;
/** What no averaging removes: two measurements of one path on different days. */
const NOISE_MS = 1.5;
const UNKNOWN_SIGMA_MS = 80;
const MEASURED_WEIGHT_MAX = 3;

/** Asks a model; holds the scratch space, so that a question allocates nothing that grows with the fleet. */
export class Estimator {
  readonly #model: LatencyModel;
  readonly #out: Estimates;
  readonly #measured: readonly MeasuredEdge[];
  /** Scratch of the residuals: their sum, and how much was heard of each edge. */
  readonly #residuals: Float64Array;
  readonly #heard: Float64Array;
  #measuredCount = 0;

  constructor(model: LatencyModel) {
    const edges = model.edges.ids.length;
    this.#model = model;
    this.#residuals = new Float64Array(edges);
    this.#heard = new Float64Array(edges);
    this.#out = {
      rttMs: new Float64Array(edges),
      sigmaMs: new Float64Array(edges),
      km: new Float64Array(edges),
      source: new Uint8Array(edges),
    };
    this.#measured = Array.from({ length: EDGES_PER_PREFIX }, () => ({
      ...{ edge: 0, rttMs: 0, weight: 0, spreadMs: 0, outliers: 0, atTick: 0 },
    }));
  }

  /** Estimates for one client. */
  estimate(client: RouteClient, nowMs: number): Estimates {
    this.#readMeasured(client.prefix, nowMs);
    this.#prior(client);
    if (this.#measuredCount > 0) this.#correctByPrefix(client);
    return this.#out;
  }

  #readMeasured(prefix: number | undefined, nowMs: number): void {
    this.#measuredCount = 0;
    const { prefixes, rules } = this.#model;
    const slot = prefix === undefined ? -1 : prefixes.find(prefix);
    if (slot < 0) return;
    const tick = prefixes.tickOf(nowMs);
    for (const cell of this.#measured) {
      if (!prefixes.read(slot, this.#measuredCount, cell)) return;
      const ageMs = Math.max(0, tick - cell.atTick) * 60_000;
      cell.weight *= 2 ** (-ageMs / rules.prefixHalfLifeMs);
      this.#measuredCount += 1;
    }
  }

  #prior(client: RouteClient): void {
    const { place } = client;
    if (place === undefined || !isExact(place)) this.#priorWithoutPlace(place);
    else {
      this.#priorByDistance(unitVectorOf(place.at), place.areaKm ?? 0);
      this.#addResiduals(client);
    }
  }

  #priorByDistance(at: UnitVector, areaKm: number): void {
    const { rttMs, sigmaMs, km, source } = this.#out;
    const positions = this.#model.edges.at;
    for (let edge = 0; edge < rttMs.length; edge += 1) {
      const position = positions[edge];
      if (position === undefined) this.#unknown(edge);
      else {
        const distance = arcKm(at, position);
        km[edge] = distance;
        const prior = estimatedRttMs(distance);
        rttMs[edge] = prior;
        sigmaMs[edge] = PRIOR_SIGMA_MS + PRIOR_SIGMA_SHARE * prior + fibreRttMs(areaKm);
        source[edge] = SOURCE.greatCircle;
      }
    }
  }

  #unknown(edge: number): void {
    const { rttMs, sigmaMs, km, source } = this.#out;
    km[edge] = Number.NaN;
    rttMs[edge] = Number.POSITIVE_INFINITY;
    sigmaMs[edge] = UNKNOWN_SIGMA_MS;
    source[edge] = SOURCE.unknown;
  }

  /** Residuals of the groups that the client is in, wide to narrow, each shrunk towards the wider one. */
  #addResiduals(client: RouteClient): void {
    const keys = this.#model.keysOf(client);
    const residuals = this.#residuals.fill(0);
    const heard = this.#heard.fill(0);
    for (const { name, pull } of LEVELS) {
      const group = this.#model.groups[name].get(keys[name]);
      if (group !== undefined) addLevel(group, pull, residuals, heard);
    }
    const { rttMs, sigmaMs, km, source } = this.#out;
    for (let edge = 0; edge < rttMs.length; edge += 1) {
      const share = heard[edge] ?? 0;
      if (share === 0) continue;
      rttMs[edge] = Math.max(fibreRttMs(km[edge] ?? 0), (rttMs[edge] ?? 0) + (residuals[edge] ?? 0));
      sigmaMs[edge] = (sigmaMs[edge] ?? 0) * (1 - 0.6 * share);
      source[edge] = SOURCE.learned;
    }
  }

  /** No point to measure from: what the country's other clients have, else what everybody has; never the country's centre. */
  #priorWithoutPlace(place: Place | undefined): void {
    const { rttMs, sigmaMs, source } = this.#out;
    const country = this.#model.wholeRtt.get(countryKeyOf(place?.country));
    const everybody = this.#model.wholeRtt.get(0);
    if (place !== undefined) this.#priorByDistance(unitVectorOf(place.at), place.areaKm ?? 0);
    for (let edge = 0; edge < rttMs.length; edge += 1) {
      if (place === undefined) this.#unknown(edge);
      else if (source[edge] === SOURCE.greatCircle) source[edge] = SOURCE.country;
      const group = (country?.weight[edge] ?? 0) > 0.5 ? country : place === undefined ? everybody : undefined;
      const clients = group?.weight[edge] ?? 0;
      if (group === undefined || clients <= 0.5) continue;
      const mean = group.meanMs[edge] ?? 0;
      const before = source[edge] === SOURCE.country ? (rttMs[edge] ?? mean) : mean;
      rttMs[edge] = before + (clients / (clients + 1)) * (mean - before);
      sigmaMs[edge] = Math.min(UNKNOWN_SIGMA_MS, sigmaMs[edge] ?? 0);
      source[edge] = SOURCE.country;
    }
  }

  /** The prefix's own measurements; what they have in common (a slow last mile) is expected of the other edges, too. */
  #correctByPrefix(client: RouteClient): void {
    let offset = this.#commonOffset();
    const better = betterPlace(
      this.#model.edges,
      this.#measured,
      this.#measuredCount,
      client.place && this.#out,
      offset,
    );
    if (better !== undefined) {
      this.#priorByDistance(better.at, better.areaKm);
      offset = this.#commonOffset();
    }
    const { rttMs, sigmaMs, source } = this.#out;
    const doubtMs = Math.abs(offset) / 2;
    for (let edge = 0; edge < rttMs.length; edge += 1) {
      rttMs[edge] = Math.max(1, (rttMs[edge] ?? 0) + offset);
      sigmaMs[edge] = (sigmaMs[edge] ?? 0) + doubtMs;
    }
    for (let index = 0; index < this.#measuredCount; index += 1) {
      const cell = this.#measured[index];
      if (cell === undefined || cell.edge >= rttMs.length) continue;
      const noise = NOISE_MS + cell.spreadMs;
      const prior = sigmaMs[cell.edge] ?? UNKNOWN_SIGMA_MS;
      const expected = rttMs[cell.edge] ?? cell.rttMs;
      const share = cell.weight / (cell.weight + Math.min(2, (noise / prior) ** 2));
      rttMs[cell.edge] = Number.isFinite(expected) ? expected + share * (cell.rttMs - expected) : cell.rttMs;
      sigmaMs[cell.edge] = Math.min(prior, noise / Math.sqrt(Math.max(0.05, cell.weight)));
      source[cell.edge] = SOURCE.measured;
    }
  }

  #commonOffset(): number {
    const { rttMs } = this.#out;
    let sum = 0;
    let weights = 0;
    for (let index = 0; index < this.#measuredCount; index += 1) {
      const cell = this.#measured[index];
      const expected = cell === undefined ? undefined : rttMs[cell.edge];
      if (cell === undefined || expected === undefined || !Number.isFinite(expected)) continue;
      const weight = Math.min(MEASURED_WEIGHT_MAX, cell.weight);
      sum += weight * (cell.rttMs - expected);
      weights += weight;
    }
    return sum / (weights + 1);
  }
}

/** One level: what its group measured, as far as it outweighs the level before. */
function addLevel(group: Group, pull: number, residuals: Float64Array, heard: Float64Array): void {
  const { meanMs, weight } = group;
  for (let edge = 0; edge < residuals.length; edge += 1) {
    const clients = weight[edge] ?? 0;
    if (clients < 0.01) continue;
    const share = clients / (clients + pull);
    const before = residuals[edge] ?? 0;
    residuals[edge] = before + share * ((meanMs[edge] ?? 0) - before);
    if (share > (heard[edge] ?? 0)) heard[edge] = share;
  }
}
