/**
 * Teaching the latency model. A sample may come from anywhere and may be a lie: it moves its own prefix, and everybody
 * else only as much as one client may.
 */
import { arcKm, unitVectorOf } from "./edge-set.ts";
import { countryKeyOf } from "./group-key.ts";
import { estimatedRttMs, fibreRttMs } from "./latency.ts";
import { isExact, type LatencyModel, LEVELS, type RouteClient } from "./latency-model.ts";
import type { MeasuredEdge } from "./prefix-table.ts";

/** How a round trip was measured: by the page, by the kernel, by the handshake, or by how long an answer took. */
export type SampleKind = "beacon" | "tcp" | "tls" | "http";

/** One measured round trip. */
export interface Sample {
  readonly client: RouteClient;
  /** The edge's number in the model's set. */
  readonly edge: number;
  readonly rttMs: number;
  readonly kind: SampleKind;
}

/** How much a sample of each kind is worth: handshakes and answers hold more than the path. */
const KIND_WEIGHT: Readonly<Record<SampleKind, number>> = { beacon: 1, tcp: 1, tls: 0.7, http: 0.4 };
const RTT_MIN_MS = 0.05;
const RTT_MAX_MS = 3000;
/** The mean of a prefix stands for at most so many samples: one more always moves it by a tenth. */
const PREFIX_WEIGHT_MAX = 9;
/** How fast the usual spread follows that of the paths. */
const SPREAD_SHARE = 0.005;
/** Beyond this a sample is an outlier: it counts when others follow it, and at once when it is lower. */
const OUTLIER_MS = 12;
const OUTLIER_SPREADS = 5;
const OUTLIER_SHARE = 0.5;
const OUTLIERS_TO_BELIEVE = 3;
/** What groups are told of one sample, at most. */
const RESIDUAL_MIN_MS = -60;
const RESIDUAL_MAX_MS = 150;
/** A place as exact as this disproves what is faster than light. */
const LIGHT_AREA_KM = 50;

/** A prefix that has measured so often has told its groups all it may, until time has halved that. */
const TOLD_WEIGHT_MAX = 6;

/** What became of a sample. */
export type Lesson = "learned" | "outlier" | "too-far" | "impossible";

const cell: MeasuredEdge = { edge: 0, rttMs: 0, weight: 0, spreadMs: 0, outliers: 0, atTick: 0 };

/** Learns from one sample. */
export function learn(model: LatencyModel, sample: Sample, nowMs: number): Lesson {
  const { client, edge } = sample;
  if (!(sample.rttMs >= RTT_MIN_MS && sample.rttMs <= RTT_MAX_MS)) return "impossible";
  if (!(edge >= 0 && edge < model.edges.ids.length)) return "impossible";
  const weight = KIND_WEIGHT[sample.kind];
  const before = client.prefix === undefined ? 0 : weightBefore(model, client.prefix, edge);
  if (client.prefix !== undefined) {
    const lesson = learnPrefix(model, client.prefix, { edge, rttMs: sample.rttMs, weight }, nowMs);
    if (lesson !== "learned") return lesson;
  }
  // Later samples of a prefix say less and less to others, and soon nothing: nobody shouts others down.
  if (before < TOLD_WEIGHT_MAX) learnGroups(model, sample, weight / (1 + before) ** 2, nowMs);
  return "learned";
}

function weightBefore(model: LatencyModel, prefix: number, edge: number): number {
  return model.prefixes.readEdge(prefix, edge, cell) ? cell.weight : 0;
}

function learnPrefix(
  model: LatencyModel,
  prefix: number,
  { edge, rttMs, weight }: { readonly edge: number; readonly rttMs: number; readonly weight: number },
  nowMs: number,
): Lesson {
  const { prefixes, rules } = model;
  const atTick = prefixes.tickOf(nowMs);
  if (!prefixes.readEdge(prefix, edge, cell)) {
    // The prefix knows as many edges as it may, all nearer: this one says nothing new, however often it is told.
    const fresh = { edge, rttMs, weight, spreadMs: model.typicalSpreadMs, outliers: 0, atTick };
    return prefixes.write(prefix, fresh) ? "learned" : "too-far";
  }
  const off = rttMs - cell.rttMs;
  const bound = Math.max(OUTLIER_MS, OUTLIER_SPREADS * cell.spreadMs, OUTLIER_SHARE * cell.rttMs);
  if (off > bound) {
    const outliers = cell.outliers + 1;
    const believed = outliers >= OUTLIERS_TO_BELIEVE;
    if (believed) prefixes.write(prefix, { edge, rttMs, weight, spreadMs: model.typicalSpreadMs, outliers: 0, atTick });
    else prefixes.write(prefix, { ...cell, outliers });
    return believed ? "learned" : "outlier";
  }
  if (off < -bound) {
    prefixes.write(prefix, { edge, rttMs, weight, spreadMs: model.typicalSpreadMs, outliers: 0, atTick });
    return "learned";
  }
  const decayed = cell.weight * 2 ** ((-(atTick - cell.atTick) * 60_000) / rules.prefixHalfLifeMs);
  const known = Math.min(PREFIX_WEIGHT_MAX, decayed);
  const share = weight / (known + weight);
  model.typicalSpreadMs += SPREAD_SHARE * (Math.abs(off) - model.typicalSpreadMs);
  const spreadMs = cell.spreadMs + Math.max(share, 0.1) * (Math.abs(off) - cell.spreadMs);
  prefixes.write(prefix, {
    edge,
    rttMs: cell.rttMs + share * off,
    weight: known + weight,
    spreadMs,
    outliers: 0,
    atTick,
  });
  return "learned";
}

function learnGroups(model: LatencyModel, { client, edge, rttMs }: Sample, weight: number, nowMs: number): void {
  const { place } = client;
  const position = model.edges.at[edge];
  const bounded = Math.min(rttMs, 600);
  model.wholeRtt.add(0, edge, bounded, weight, nowMs);
  if (place === undefined || !isExact(place)) return;
  const country = countryKeyOf(place.country);
  if (country !== undefined && country !== 0) model.wholeRtt.add(country, edge, bounded, weight, nowMs);
  if (position === undefined) return;
  const km = arcKm(unitVectorOf(place.at), position);
  // Faster than light from an exact place: the place is wrong or the sample is; nobody else learns from either.
  if ((place.areaKm ?? 0) <= LIGHT_AREA_KM && rttMs + 1 < fibreRttMs(km)) return;
  const residual = Math.max(RESIDUAL_MIN_MS, Math.min(RESIDUAL_MAX_MS, rttMs - estimatedRttMs(km)));
  const keys = model.keysOf(client);
  for (const { name } of LEVELS) {
    const key = keys[name];
    if (key !== undefined) model.groups[name].add(key, edge, residual, weight, nowMs);
  }
}
