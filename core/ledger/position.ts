/** A point in the ledger, `epoch:seq`. Epochs are ULIDs: the one minted later is the greater text, and none is used twice. */

/** A point in the ledger. */
export interface Position {
  /** 26 characters of Crockford's base 32. */
  readonly epoch: string;
  /** Counts the entries of an epoch from 1; 0 is its beginning. */
  readonly seq: number;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const TIME_DIGITS = 10;
const CHANCE_DIGITS = 16;
const TIME_MAX = 2 ** 48 - 1;

/** Whether a text is an epoch. */
export function isEpoch(text: string): boolean {
  return ULID.test(text);
}

/** `epoch:seq`. */
export function positionText({ epoch, seq }: Position): string {
  return `${epoch}:${seq}`;
}

/** Whether a log that begins after `from` and ends at `to` can be read on from a position. */
export function isWithin(position: Position, from: Position, to: Position): boolean {
  return position.epoch === to.epoch && position.seq >= from.seq && position.seq <= to.seq;
}

/** Reads `epoch:seq`; undefined when it is none. */
export function parsePosition(text: string): Position | undefined {
  const match = /^([^:]{26}):(0|[1-9]\d{0,15})$/.exec(text);
  const epoch = match?.[1] ?? "";
  const seq = Number(match?.[2]);
  return isEpoch(epoch) && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

/** Below 0 when `a` comes before `b`, 0 when they are the same, above 0 when it comes after. */
export function comparePositions(a: Position, b: Position): number {
  if (a.epoch === b.epoch) return a.seq - b.seq;
  return a.epoch < b.epoch ? -1 : 1;
}

/** The later of two, either of which may be absent. */
export function laterPosition(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return comparePositions(a, b) >= 0 ? a : b;
}

/** Mints an epoch that is greater than `after`, also when the clock went back. `random` gives numbers in [0, 1). */
export function mintEpoch(options: {
  readonly nowMs: number;
  readonly random: () => number;
  readonly after?: string | undefined;
}): string {
  const { nowMs, random, after } = options;
  const earliest = after === undefined ? 0 : timeOf(after) + 1;
  const time = Math.min(Math.max(Math.floor(nowMs), earliest), TIME_MAX);
  let text = "";
  let rest = time;
  for (let digit = 0; digit < TIME_DIGITS; digit += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  for (let digit = 0; digit < CHANCE_DIGITS; digit += 1) text += ALPHABET.charAt(Math.floor(random() * 32));
  return text;
}

function timeOf(epoch: string): number {
  let time = 0;
  for (const digit of epoch.slice(0, TIME_DIGITS)) time = time * 32 + ALPHABET.indexOf(digit);
  return time;
}
