/** How edges are chosen: the rules of `choose.ts`, with their start values. */

/** The rules. */
export interface ChoiceRules {
  /** Edges within so much, or such a share of the best score, are as good as the best. */
  readonly nearTieMs: number;
  readonly nearTieShare: number;
  /** Without a content key nothing is gained by leaving the best edge: only scores as near as this are a tie. */
  readonly exactTieMs: number;
  readonly exactTieShare: number;
  /** Among edges as good, none gets more than so many times the mean for its weight. */
  readonly balanceFactor: number;
  /** Requests in the window below which an edge is never ahead in load: few requests say nothing. */
  readonly balanceRequestsMin: number;
  /** Time constant of the counts of requests. */
  readonly assignedWindowMs: number;
  /** Fewer requests a second than this, over all edges, are no herd: an edge that comes back may have them all. */
  readonly herdPerSecond: number;
  /** Another edge must be better by the near tie so often in a row, for so long, before a client is moved. */
  readonly challengesToMove: number;
  readonly dwellMs: number;
  /** Client prefixes whose edge is remembered. */
  readonly stickyPrefixesMax: number;
}

/** Start values. */
export const CHOICE_RULES: ChoiceRules = {
  nearTieMs: 5,
  nearTieShare: 0.1,
  exactTieMs: 0.02,
  exactTieShare: 0,
  balanceFactor: 1.25,
  balanceRequestsMin: 100,
  assignedWindowMs: 30_000,
  herdPerSecond: 10,
  challengesToMove: 3,
  dwellMs: 30_000,
  stickyPrefixesMax: 131_072,
};
