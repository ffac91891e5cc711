/** How good choices are, against what the best would have been; users count by their weight. */
import type { World } from "./world.ts";

/** Excess round trips over the best edge. */
export interface ExcessMs {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly mean: number;
}

/** The quality of one way to choose. Shares are from 0 to 1. */
export interface Quality {
  readonly within10ms: number;
  readonly optimal: number;
  readonly excessMs: ExcessMs;
}

const NEAR_MS = 10;

/** Judges one choice for each client. */
export function judge(world: World, choices: readonly number[]): Quality {
  const { clients } = world.scenario;
  const excesses = choices.map((edge, client) => ({
    excessMs: world.rttMs(client, edge) - world.best(client).rttMs,
    weight: clients[client]?.weight ?? 0,
  }));
  const total = excesses.reduce((sum, { weight }) => sum + weight, 0) || 1;
  const share = (fits: (excessMs: number) => boolean) =>
    excesses.reduce((sum, { excessMs, weight }) => sum + (fits(excessMs) ? weight : 0), 0) / total;
  return {
    within10ms: rounded(share((excessMs) => excessMs <= NEAR_MS)),
    optimal: rounded(share((excessMs) => excessMs <= 0)),
    excessMs: summaryOf(excesses, total),
  };
}

interface Weighted {
  readonly excessMs: number;
  readonly weight: number;
}

function summaryOf(excesses: readonly Weighted[], total: number): ExcessMs {
  const sorted = [...excesses].sort((a, b) => a.excessMs - b.excessMs);
  const mean = sorted.reduce((sum, { excessMs, weight }) => sum + excessMs * weight, 0) / total;
  const at = (share: number) => rounded(percentile(sorted, share * total));
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), mean: rounded(mean) };
}

/** The value that so much weight lies at or below. */
function percentile(sorted: readonly Weighted[], weight: number): number {
  let sum = 0;
  for (const one of sorted) {
    sum += one.weight;
    if (sum >= weight - 1e-9) return one.excessMs;
  }
  return sorted.at(-1)?.excessMs ?? 0;
}

/** To four places: what is printed is the same on every machine. */
export function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
