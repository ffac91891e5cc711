/** What is added to a round trip so that an edge that is loaded, cold, failing or dear is liked less: all in milliseconds. */

/** Loads below this cost nothing. */
const FREE_LOAD = 0.6;
/** From this load on an edge takes nobody new; it sheds gradually from `SHED_LOAD` on. */
export const FULL_LOAD = 0.95;
const SHED_LOAD = 0.8;
const LOAD_PRICE_MS = 20;
const WARM_UP_PRICE_MS = 15;
/** Requests may fail as often as this without being held against an edge: origins do that. */
const SUCCESS_EXPECTED = 0.98;
const FAILURE_PRICE_MS = 100;
const FAILURE_UNIT = 0.18;
/** A transfer quota is made to last from this share on. */
const QUOTA_PRICED = 0.9;
const QUOTA_PRICE_MS = 20;

/** 0 up to a load of 0.6, 20 ms at 0.8, 140 ms at 0.95. */
export function loadPriceMs(load: number): number {
  if (load <= FREE_LOAD) return 0;
  const bounded = Math.min(load, FULL_LOAD);
  return (LOAD_PRICE_MS * (bounded - FREE_LOAD)) / (1 - bounded);
}

/** The share of its clients that an edge sends elsewhere: none at a load of 0.8, all of them at 0.95. */
export function shedShare(load: number): number {
  return Math.max(0, Math.min(1, (load - SHED_LOAD) / (FULL_LOAD - SHED_LOAD)));
}

/** A cold cache: 15 ms, less and less as the edge warms up. */
export function warmUpPriceMs(warmth: number): number {
  return WARM_UP_PRICE_MS * (1 - warmth);
}

/** Failing fast must not look fast: 100 ms at 80 % success. */
export function failurePriceMs(successRate: number): number {
  return (FAILURE_PRICE_MS * Math.max(0, SUCCESS_EXPECTED - successRate)) / FAILURE_UNIT;
}

/** Nearly used up: up to 20 ms. */
export function quotaPriceMs(usedShare: number): number {
  return QUOTA_PRICE_MS * Math.max(0, Math.min(1, (usedShare - QUOTA_PRICED) / (1 - QUOTA_PRICED)));
}
