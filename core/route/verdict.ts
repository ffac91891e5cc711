/** The closed vocabulary of routing: what became of each candidate, and why the chosen one was chosen. */

/** What became of a candidate, best first. */
export const VERDICTS = [
  "chosen",
  "chosen-in-panic", // none is well: health was ignored rather than nobody served
  "near-tie", // as good as the chosen one, which the hash preferred
  "challenger", // better than the edge that the client is used to, not yet for long enough
  "busy", // as good as the chosen one, but ahead of it in load
  "next", // well, and farther or dearer
  "warming", // just back: it takes some clients, not yet this one
  "full", // its load leaves no room for new clients, or not for this one
  "over-quota", // its transfer for this month is used up
  "behind", // lacks what the ledger had a while ago
  "draining",
  "suspect",
  "down",
  "not-allowed", // outside of the regions that the site allows
] as const;

/** One of them. */
export type Verdict = (typeof VERDICTS)[number];

/** Numbers of the verdicts, for arrays of them. */
export const VERDICT = {
  chosen: 0,
  chosenInPanic: 1,
  nearTie: 2,
  challenger: 3,
  busy: 4,
  next: 5,
  warming: 6,
  full: 7,
  overQuota: 8,
  behind: 9,
  draining: 10,
  suspect: 11,
  down: 12,
  notAllowed: 13,
} as const satisfies Readonly<Record<string, number>>;

/** Why the chosen edge was chosen. */
export const CHOICE_REASONS = [
  "best", // the lowest score, and nothing near it
  "near-tie", // several as good: the hash of content or prefix decided
  "balance", // as good as the best, which is ahead in load
  "sticky", // the client is used to it, and nothing is clearly better
  "configured-order", // nothing is known of the client
  "relaxed", // all that are well are full, warming, over quota, behind or draining
  "panic", // none is well
  "none", // no edge may be chosen
] as const;

/** One of them. */
export type ChoiceReason = (typeof CHOICE_REASONS)[number];
