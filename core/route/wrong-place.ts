/**
 * When a client's measurements do not fit its place, the place is wrong (providers name another city for one address in
 * ten, another country for one in twenty). Then the edge whose distances explain the measurements best stands for it.
 */
import { arcKm, type EdgeSet, type UnitVector } from "./edge-set.ts";
import { estimatedRttMs, fibreRttMs } from "./latency.ts";
import type { MeasuredEdge } from "./prefix-table.ts";

/** Edges that are all this much farther than thought speak against the place. */
const DOUBT_OFFSET_MS = 40;
/** Faster than light in fibre by more than this speaks against it as well. */
const DOUBT_LIGHT_MS = 3;
/** A place found in this way is about so exact. */
const FOUND_AREA_KM = 400;
/** The place stays unless another explains the measurements at least this much better. */
const BETTER_BY = 0.6;

/** A point that explains the measurements better than the place that was named; undefined when the place may stand. */
export function betterPlace(
  edges: EdgeSet,
  measured: readonly MeasuredEdge[],
  count: number,
  named: { readonly rttMs: Float64Array; readonly km: Float64Array } | undefined,
  offsetMs: number,
): { readonly at: UnitVector; readonly areaKm: number } | undefined {
  if (count < 2 || (named !== undefined && offsetMs < DOUBT_OFFSET_MS && !fasterThanLight(measured, count, named))) {
    return undefined;
  }
  let best: UnitVector | undefined;
  let bestError = named === undefined ? Number.POSITIVE_INFINITY : BETTER_BY * errorAsNamed(measured, count, named);
  for (const position of edges.at) {
    if (position === undefined) continue;
    const error = errorAt(position, edges, measured, count, bestError);
    if (error >= bestError) continue;
    best = position;
    bestError = error;
  }
  return best && { at: best, areaKm: FOUND_AREA_KM };
}

function fasterThanLight(
  measured: readonly MeasuredEdge[],
  count: number,
  { km }: { readonly km: Float64Array },
): boolean {
  let violations = 0;
  for (let index = 0; index < count; index += 1) {
    const cell = measured[index];
    if (cell !== undefined && cell.rttMs + DOUBT_LIGHT_MS < fibreRttMs(km[cell.edge] ?? 0)) violations += cell.weight;
  }
  // One sample may be forged or a mistake; a liar gains nothing but a worse edge for itself.
  return violations >= 1.5;
}

function errorAsNamed(
  measured: readonly MeasuredEdge[],
  count: number,
  { rttMs }: { readonly rttMs: Float64Array },
): number {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const cell = measured[index];
    if (cell !== undefined) sum += Math.abs(cell.rttMs - (rttMs[cell.edge] ?? 0));
  }
  return sum;
}

function errorAt(
  position: UnitVector,
  { at }: EdgeSet,
  measured: readonly MeasuredEdge[],
  count: number,
  enough: number,
): number {
  let sum = 0;
  for (let index = 0; index < count && sum < enough; index += 1) {
    const cell = measured[index];
    const edge = cell === undefined ? undefined : at[cell.edge];
    if (cell !== undefined && edge !== undefined) sum += Math.abs(cell.rttMs - estimatedRttMs(arcKm(position, edge)));
  }
  return sum;
}
