/** A decision as plain data: every candidate with its estimate, what was added to it, and its verdict. */
import type { EdgeCondition } from "../health/fleet-health.ts";
import type { HealthState } from "../health/health.ts";
import type { ChoosableEdge, Chooser } from "./choose.ts";
import { ESTIMATE_SOURCES, type EstimateSource } from "./estimate.ts";
import type { Place } from "./geo.ts";
import { failurePriceMs, loadPriceMs, quotaPriceMs, warmUpPriceMs } from "./price.ts";
import type { RouteQuestion } from "./route-question.ts";
import { type ChoiceReason, VERDICTS, type Verdict } from "./verdict.ts";

/** How sure an estimate is: within 5 ms, within 15 ms, or not that. */
export type Confidence = "high" | "medium" | "low";

/** What is added to an estimate, in milliseconds. */
export interface Prices {
  readonly loadMs: number;
  readonly warmUpMs: number;
  readonly failuresMs: number;
  readonly quotaMs: number;
  readonly costMs: number;
  /** An operator's own order of edges for this client. */
  readonly orderMs: number;
}

/** One edge, judged. */
export interface Candidate {
  readonly edge: string;
  readonly estimatedRttMs: number | undefined;
  /** One standard deviation of it. */
  readonly plusMinusMs: number | undefined;
  readonly confidence: Confidence;
  readonly source: EstimateSource;
  readonly distanceKm: number | undefined;
  /** The estimate with all prices: the lowest wins. Undefined where there is no estimate. */
  readonly scoreMs: number | undefined;
  readonly prices: Prices;
  /** Share of its capacity in use. Undefined: neither heartbeats nor a configured capacity tell. */
  readonly load: number | undefined;
  readonly health: HealthState;
  /** Its slow start: the share of its clients that it may have. */
  readonly warmth: number;
  readonly verdict: Verdict;
}

/** The whole decision. */
export interface RouteDecision {
  readonly place: Place | undefined;
  /** Best first: the order in which edges are asked. */
  readonly candidates: readonly Candidate[];
  /** Undefined only when there is no edge, or none that the site allows. */
  readonly choice: string | undefined;
  readonly reason: ChoiceReason;
  /** No edge is well: health is ignored rather than nobody served. */
  readonly panic: boolean;
}

const HIGH_CONFIDENCE_MS = 5;
const MEDIUM_CONFIDENCE_MS = 15;

/** What the chooser would answer, and why. Nothing is remembered of the question. */
export function explainRoute(
  chooser: Chooser,
  edges: readonly ChoosableEdge[],
  question: RouteQuestion,
  conditions: readonly EdgeCondition[],
  nowMs: number,
): RouteDecision {
  const choice = chooser.consider(question, conditions, nowMs);
  const order = chooser.order(edges.length);
  const left = edges.flatMap((_, index) => (order.includes(index) ? [] : [index]));
  const { estimates, verdicts, scoresMs, loads } = choice;
  const candidates = [...order, ...left].map((index): Candidate => {
    const edge = edges[index];
    const condition = conditions[index];
    const rttMs = known(estimates.rttMs[index]);
    const sigmaMs = rttMs === undefined ? undefined : known(estimates.sigmaMs[index]);
    const load = loads[index] ?? 0;
    const prices: Prices = {
      loadMs: loadPriceMs(load),
      warmUpMs: warmUpPriceMs(condition?.warmth ?? 1),
      failuresMs: failurePriceMs(condition?.successRate ?? 1),
      quotaMs: quotaPriceMs(chooser.quotaUsed[index] ?? 0),
      costMs: edge?.costMs ?? 0,
      orderMs: question.orderMs?.[index] ?? 0,
    };
    return {
      edge: edge?.id ?? "",
      estimatedRttMs: rttMs,
      plusMinusMs: sigmaMs,
      confidence: confidenceOf(sigmaMs),
      source: ESTIMATE_SOURCES[estimates.source[index] ?? 0] ?? "unknown",
      distanceKm: known(estimates.km[index]),
      scoreMs: rttMs === undefined ? undefined : known(scoresMs[index]),
      load: condition?.load === undefined && edge?.capacityPerSecond === undefined ? undefined : load,
      ...{ prices, health: condition?.state ?? "unknown", warmth: condition?.warmth ?? 1 },
      verdict: VERDICTS[verdicts[index] ?? 0] ?? "next",
    };
  });
  const { reason, isPanic: panic } = choice;
  return { place: question.client.place, candidates, choice: edges[choice.edge]?.id, reason, panic };
}

function confidenceOf(sigmaMs: number | undefined): Confidence {
  if (sigmaMs === undefined || sigmaMs > MEDIUM_CONFIDENCE_MS) return "low";
  return sigmaMs <= HIGH_CONFIDENCE_MS ? "high" : "medium";
}

/** To a hundredth: what is beyond says nothing. */
function known(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : Math.round(value * 100) / 100;
}
