/** Which edges a beacon times: the best one known, and those that may be better than it. */
import type { Estimates } from "./estimate.ts";

/** How many standard deviations better than expected an edge may be. */
const HOPE_SIGMAS = 1.5;

/** Picks up to `count` edges: the best estimate first, the rest by how good they may be at best. */
export function beaconEdges(
  { rttMs, sigmaMs }: Estimates,
  eligible: (edge: number) => boolean,
  count: number,
): readonly number[] {
  const picked: number[] = [];
  const best = lowest(rttMs.length, (edge) => (eligible(edge) ? (rttMs[edge] ?? 0) : Number.POSITIVE_INFINITY));
  if (best !== undefined) picked.push(best);
  while (picked.length < count) {
    const next = lowest(rttMs.length, (edge) =>
      eligible(edge) && !picked.includes(edge)
        ? (rttMs[edge] ?? 0) - HOPE_SIGMAS * (sigmaMs[edge] ?? 0)
        : Number.POSITIVE_INFINITY,
    );
    if (next === undefined) break;
    picked.push(next);
  }
  return picked;
}

function lowest(count: number, priceOf: (index: number) => number): number | undefined {
  let best: number | undefined;
  let bestValue = Number.POSITIVE_INFINITY;
  for (let index = 0; index < count; index += 1) {
    const value = priceOf(index);
    if (value >= bestValue) continue;
    best = index;
    bestValue = value;
  }
  return best;
}
