/**
 * Which readers of a window are too slow for it. Two that are equally fast may be megabytes apart, since sockets hold
 * more for one than for the other: so who is far behind is looked at for a while, and leaves when it is really slower.
 */

/** A reader, as far as its pace goes. */
export interface Paced {
  /** Its next byte in the body. */
  readonly offset: number;
  /** Where it and the fastest were when it was seen to be too far behind. */
  notice: Moment | undefined;
}

interface Moment {
  readonly atMs: number;
  readonly offset: number;
  readonly fastest: number;
}

/** How patient a window is with those behind. */
export interface Patience {
  /** Who is further behind is looked at. */
  readonly lagBytes: number;
  /** For how long. */
  readonly patienceMs: number;
}

/** At so many times `lagBytes` a reader leaves, however fast it is. The sockets of equally fast ones have been seen 18 MiB apart. */
export const LAG_HARD_FACTOR = 4;

/** Who takes less than this share of what the fastest takes in the meantime is slow. */
const SLOW_SHARE = 1 / 8;

/** How far the fastest goes between two looks at the others, so that many readers cost little; less than a window is read ahead. */
export function bytesBetweenLooks(lagBytes: number): number {
  return Math.min(lagBytes / 16, 524_288);
}

/** Whether a reader has been too slow; keeps its notice. `fastest`: the next byte of the fastest reader. */
export function isTooSlow(reader: Paced, fastest: number, nowMs: number, { lagBytes, patienceMs }: Patience): boolean {
  const { offset } = reader;
  const behindBytes = fastest - offset;
  if (behindBytes <= lagBytes) {
    reader.notice = undefined;
    return false;
  }
  if (behindBytes > LAG_HARD_FACTOR * lagBytes) return true;
  reader.notice ??= { atMs: nowMs, offset, fastest };
  const { notice } = reader;
  if (nowMs - notice.atMs < patienceMs) return false;
  reader.notice = { atMs: nowMs, offset, fastest };
  return offset - notice.offset < SLOW_SHARE * (fastest - notice.fastest);
}
