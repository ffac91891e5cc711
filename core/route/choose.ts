/**
 * Which edge for this client: every edge gets a standing (may it have clients?) and a score (its round trip, and what
 * its load, its cold cache, its failures and its cost are worth in milliseconds). Among the best that are as good as
 * each other the hash of the content, or of the client's prefix, decides. Never an empty answer unless that is asked for.
 */
import type { EdgeCondition } from "../health/fleet-health.ts";
import { AssignedRequests } from "./assigned.ts";
import { CHOICE_RULES, type ChoiceRules } from "./choice-rules.ts";
import { type Estimates, Estimator, SOURCE } from "./estimate.ts";
import type { LatencyModel } from "./latency-model.ts";
import { failurePriceMs, loadPriceMs, quotaPriceMs, warmUpPriceMs } from "./price.ts";
import { hashNumber, hashText, meetingPoint, weighedDistance } from "./rendezvous.ts";
import type { RouteQuestion } from "./route-question.ts";
import { FORBIDDEN_TIER, PANIC_TIER, standingOf, tierOf } from "./standing.ts";
import { type Habit, StickyTable } from "./sticky.ts";
import { type ChoiceReason, VERDICT } from "./verdict.ts";

/** An edge as the choice needs it, in the order of the model's edges. */
export interface ChoosableEdge {
  readonly id: string;
  /** Its share of clients among edges as good. */
  readonly weight: number;
  /** Requests a second that it can take. Undefined: its load is known from heartbeats alone. */
  readonly capacityPerSecond?: number | undefined;
  /** What its traffic costs more than that of others, in milliseconds of round trip that it is worth. */
  readonly costMs?: number | undefined;
}

/** The answer, by edge number. Reused by the next question: read it before you ask again. */
export interface Choice {
  /** -1: none may be chosen. */
  edge: number;
  reason: ChoiceReason;
  /** Health was ignored. */
  isPanic: boolean;
  readonly verdicts: Uint8Array;
  readonly scoresMs: Float64Array;
  /** The load that was reckoned with. */
  readonly loads: Float64Array;
  estimates: Estimates;
}

/** An edge without an estimate is behind all that have one, in the configured order. */
const UNKNOWN_RTT_MS = 1000;
/** Above every score: ranks of different tiers never meet. */
const TIER_RANK = 1e9;
/** A client who is used to an edge leaves it for the sake of balance only when it is this much farther ahead. */
const STICKY_BALANCE = 1.2;
/** Standard deviations of a difference, of estimates and of counts: beyond these it is no chance. */
const [SURE_SIGMAS, AHEAD_SIGMAS] = [3, 2];

/** Chooses. Lives as long as the router; remembers which edge clients are used to and how much each edge was given. */
export class Chooser {
  readonly assigned: AssignedRequests;
  /** Share of each edge's transfer quota that is used, by number. */
  readonly quotaUsed: Float64Array;
  readonly #edges: readonly ChoosableEdge[];
  readonly #hashes: Uint32Array;
  readonly #rules: ChoiceRules;
  readonly #estimator: Estimator;
  readonly #sticky: StickyTable;
  readonly #habit: Habit = { edge: 0, challenges: 0, challengedForMs: 0 };
  readonly #choice: Choice;
  /** Tier and score as one number: the lowest is the best. Infinite: forbidden. */
  readonly #ranks: Float64Array;
  /** The edges as good as the best. */
  readonly #band: Int32Array;
  #bandSize = 0;

  constructor(model: LatencyModel, edges: readonly ChoosableEdge[], nowMs: number, rules: ChoiceRules = CHOICE_RULES) {
    this.#edges = edges;
    this.#hashes = Uint32Array.from(edges, ({ id }) => hashText(id));
    this.#rules = rules;
    this.#estimator = new Estimator(model);
    this.#sticky = new StickyTable(rules.stickyPrefixesMax, nowMs);
    this.assigned = new AssignedRequests(edges.length, rules.assignedWindowMs, nowMs);
    this.quotaUsed = new Float64Array(edges.length);
    this.#ranks = new Float64Array(edges.length);
    this.#band = new Int32Array(edges.length);
    this.#choice = {
      ...{ edge: -1, reason: "none", isPanic: false },
      verdicts: new Uint8Array(edges.length),
      scoresMs: new Float64Array(edges.length),
      loads: new Float64Array(edges.length),
      estimates: this.#estimator.estimate({ prefix: undefined, place: undefined }, nowMs),
    };
  }

  /** Chooses for a client who will go there: the client gets used to the edge. */
  choose(question: RouteQuestion, conditions: readonly EdgeCondition[], nowMs: number): Choice {
    const choice = this.consider(question, conditions, nowMs);
    const { client, contentHash, allowed } = question;
    if (client.prefix === undefined || contentHash !== undefined || choice.edge < 0) return choice;
    const who = { prefix: client.prefix, allowed };
    this.#sticky.keep(who, choice.edge, choice.verdicts.includes(VERDICT.challenger), nowMs);
    return choice;
  }

  /** The same answer, of which nothing is remembered. */
  consider(question: RouteQuestion, conditions: readonly EdgeCondition[], nowMs: number): Choice {
    const choice = this.#choice;
    choice.estimates = this.#estimator.estimate(question.client, nowMs);
    const best = this.#judge(question, conditions, nowMs);
    const tier = best < 0 ? FORBIDDEN_TIER : tierOf(choice.verdicts[best] ?? 0);
    choice.isPanic = tier >= PANIC_TIER && tier < FORBIDDEN_TIER;
    choice.edge = -1;
    choice.reason = "none";
    if (tier >= FORBIDDEN_TIER || (choice.isPanic && question.failClosed === true)) return choice;
    this.#pick(question, conditions, best, nowMs);
    if (tier === 0 && question.contentHash === undefined) this.#holdOn(question, nowMs);
    if (tier > 0) choice.reason = choice.isPanic ? "panic" : "relaxed";
    choice.verdicts[choice.edge] = choice.isPanic ? VERDICT.chosenInPanic : VERDICT.chosen;
    return choice;
  }

  /** The edges to ask, best first: the chosen one, then by standing and score. No forbidden ones; `failClosed`: no unwell ones. */
  order(count: number, failClosed = false): readonly number[] {
    const { edge } = this.#choice;
    if (edge < 0) return [];
    const ranks = this.#ranks;
    const order = [edge];
    for (let index = 0; index < ranks.length; index += 1) {
      const rank = ranks[index] ?? Infinity;
      if (index === edge || rank >= (failClosed ? PANIC_TIER * TIER_RANK : Infinity)) continue;
      if (order.length >= count && rank >= (ranks[order[count - 1] ?? 0] ?? Infinity)) continue;
      let at = order.length;
      while (at > 1 && rank < (ranks[order[at - 1] ?? 0] ?? Infinity)) at -= 1;
      order.splice(at, 0, index);
      if (order.length > count) order.pop();
    }
    return order.slice(0, count);
  }

  /** Standing, score and rank of each edge; returns the one of the lowest rank, -1 when all are forbidden. */
  #judge(question: RouteQuestion, conditions: readonly EdgeCondition[], nowMs: number): number {
    const { verdicts, scoresMs, loads, estimates } = this.#choice;
    const subject = question.contentHash ?? hashNumber(question.client.prefix ?? 0);
    const perSecond = this.assigned.perSecondScale(nowMs);
    const isQuiet = this.assigned.rawTotal * perSecond < this.#rules.herdPerSecond;
    let best = -1;
    let bestRank = Infinity;
    for (let index = 0; index < this.#edges.length; index += 1) {
      const condition = conditions[index];
      const edge = this.#edges[index];
      if (condition === undefined || edge === undefined || question.allowed?.[index] === 0) {
        verdicts[index] = VERDICT.notAllowed;
        scoresMs[index] = Infinity;
        this.#ranks[index] = Infinity;
        continue;
      }
      const given = edge.capacityPerSecond === undefined ? 0 : this.assigned.raw(index) * perSecond;
      const load = Math.max(condition.load ?? 0, given / (edge.capacityPerSecond ?? 1));
      const quotaUsed = this.quotaUsed[index] ?? 0;
      const warmth = isQuiet ? 1 : condition.warmth;
      const isPlain = warmth >= 1 && load < 0.8;
      const point = isPlain ? 0.5 : meetingPoint(subject, this.#hashes[index] ?? 0);
      const standing = standingOf({ condition, load, warmth, quotaUsed, point });
      const rttMs = estimates.rttMs[index] ?? Number.POSITIVE_INFINITY;
      verdicts[index] = standing;
      loads[index] = load;
      const scoreMs =
        (rttMs < Number.POSITIVE_INFINITY ? rttMs : UNKNOWN_RTT_MS * (index + 1)) +
        (loadPriceMs(load) + warmUpPriceMs(condition.warmth)) +
        (failurePriceMs(condition.successRate) + quotaPriceMs(quotaUsed) + (edge.costMs ?? 0)) +
        (question.orderMs?.[index] ?? 0);
      const rank = tierOf(standing) * TIER_RANK + scoreMs;
      scoresMs[index] = scoreMs;
      this.#ranks[index] = rank;
      if (rank >= bestRank) continue;
      best = index;
      bestRank = rank;
    }
    return best;
  }

  /** Among the edges that are as good as the best: the one that the hash prefers and that is not ahead in load. */
  #pick(
    { client, contentHash }: RouteQuestion,
    conditions: readonly EdgeCondition[],
    best: number,
    nowMs: number,
  ): void {
    const { verdicts, scoresMs } = this.#choice;
    const bestMs = scoresMs[best] ?? 0;
    this.#findBand(best, bestMs + this.#nearMs(bestMs));
    const isWell = (this.#ranks[best] ?? 0) < TIER_RANK;
    const exactMs = bestMs + Math.max(this.#rules.exactTieMs, this.#rules.exactTieShare * bestMs);
    const limit = this.#balanceLimit(conditions, nowMs);
    const subject = contentHash ?? hashNumber(client.prefix ?? 0);
    let [chosen, chosenAt, first, firstAt, ties] = [-1, Infinity, best, Infinity, 0];
    for (let member = 0; member < this.#bandSize; member += 1) {
      const index = this.#band[member] ?? 0;
      const scoreMs = scoresMs[index] ?? Infinity;
      const weight = this.#weightOf(index, conditions);
      const isTie = contentHash !== undefined || scoreMs <= exactMs;
      if (isTie) ties += 1;
      // Ties by the hash come before all others by their score.
      const at = isTie ? weighedDistance(meetingPoint(subject, this.#hashes[index] ?? 0), weight) : 1e6 + scoreMs;
      const isBusy = this.assigned.raw(index) > limit * weight;
      if (isWell && (isBusy || index !== best)) verdicts[index] = isBusy ? VERDICT.busy : VERDICT.nearTie;
      if (at < firstAt) [first, firstAt] = [index, at];
      if (!isBusy && at < chosenAt) [chosen, chosenAt] = [index, at];
    }
    // The best itself is one of those as good, when the hash prefers another.
    if (isWell && verdicts[best] === VERDICT.next) verdicts[best] = VERDICT.nearTie;
    this.#choice.edge = chosen < 0 ? first : chosen;
    this.#choice.reason = this.#reasonOf(first, ties);
  }

  #findBand(best: number, nearMs: number): void {
    const tier = Math.floor((this.#ranks[best] ?? 0) / TIER_RANK);
    const least = tier * TIER_RANK;
    this.#bandSize = 0;
    for (let index = 0; index < this.#ranks.length; index += 1) {
      const rank = this.#ranks[index] ?? Infinity;
      if (rank < least || rank > least + nearMs) continue;
      this.#band[this.#bandSize] = index;
      this.#bandSize += 1;
    }
  }

  #reasonOf(first: number, ties: number): ChoiceReason {
    const { edge, estimates } = this.#choice;
    if (edge !== first) return "balance";
    if (estimates.rttMs[edge] === Number.POSITIVE_INFINITY) return "configured-order";
    return ties > 1 ? "near-tie" : "best";
  }

  /** A client stays with the edge it is used to until another has been clearly better for a while. */
  #holdOn({ client: { prefix }, allowed }: RouteQuestion, nowMs: number): void {
    const choice = this.#choice;
    if (prefix === undefined || !this.#sticky.read({ prefix, allowed }, nowMs, this.#habit)) return;
    const { edge, challenges, challengedForMs } = this.#habit;
    const { edge: best, verdicts, scoresMs } = choice;
    if (edge === best || !((this.#ranks[edge] ?? Infinity) < TIER_RANK)) return;
    const bestMs = scoresMs[best] ?? 0;
    const isBeaten = (scoresMs[edge] ?? Infinity) > bestMs + this.#nearMs(bestMs) + this.#doubtMs(best, edge);
    // An edge that is kept for want of certainty is as good as the best: it may not be far ahead of it, either.
    const isEqual = verdicts[edge] === VERDICT.busy || (verdicts[edge] === VERDICT.next && !isBeaten);
    const isTooBusy = isEqual && this.#isFarAhead(edge, best, nowMs);
    if (isTooBusy) return;
    const isLongEnough = challenges + 1 >= this.#rules.challengesToMove && challengedForMs >= this.#rules.dwellMs;
    if (isBeaten && (isLongEnough || this.#isSure(best, edge))) return;
    verdicts[best] = isBeaten ? VERDICT.challenger : VERDICT.nearTie;
    choice.edge = edge;
    choice.reason = "sticky";
  }

  /** One standard deviation of the difference of two measured round trips; what is not measured stays as it is. */
  #doubtMs(one: number, other: number): number {
    const { sigmaMs, source } = this.#choice.estimates;
    if (source[one] !== SOURCE.measured || source[other] !== SOURCE.measured) return 0;
    return Math.hypot(sigmaMs[one] ?? 0, sigmaMs[other] ?? 0);
  }

  /** Whether measurements leave no doubt that one edge is nearer than another: then nothing is gained by waiting. */
  #isSure(nearer: number, farther: number): boolean {
    const { rttMs, sigmaMs, source } = this.#choice.estimates;
    const doubtMs = Math.hypot(sigmaMs[nearer] ?? 0, sigmaMs[farther] ?? 0);
    const gainMs = (rttMs[farther] ?? 0) - (rttMs[nearer] ?? 0);
    return source[nearer] === SOURCE.measured && gainMs > SURE_SIGMAS * doubtMs;
  }

  /** Whether an edge has so much more than another that it is no chance: counts of few requests are uneven by themselves. */
  #isFarAhead(edge: number, other: number, nowMs: number): boolean {
    const scale = this.assigned.scale(nowMs);
    const weights = (this.#edges[other]?.weight ?? 1) / (this.#edges[edge]?.weight ?? 1);
    const have = this.assigned.raw(edge) * scale;
    const fair = (STICKY_BALANCE * this.assigned.raw(other) * scale) / weights;
    return have - fair > AHEAD_SIGMAS * Math.sqrt(have + (fair * STICKY_BALANCE) / weights);
  }

  #nearMs(bestMs: number): number {
    return Math.max(this.#rules.nearTieMs, this.#rules.nearTieShare * bestMs);
  }

  #weightOf(index: number, conditions: readonly EdgeCondition[]): number {
    return Math.max(1e-9, (this.#edges[index]?.weight ?? 1) * (conditions[index]?.warmth ?? 1));
  }

  /** Requests for each unit of weight that an edge as good as the best may have been given, in raw counts. */
  #balanceLimit(conditions: readonly EdgeCondition[], nowMs: number): number {
    let requests = 0;
    let weights = 0;
    for (let member = 0; member < this.#bandSize; member += 1) {
      const index = this.#band[member] ?? 0;
      requests += this.assigned.raw(index);
      weights += this.#weightOf(index, conditions);
    }
    const scale = this.assigned.scale(nowMs);
    return Math.max(this.#rules.balanceFactor * requests, this.#rules.balanceRequestsMin / scale) / weights;
  }
}
