/**
 * Which readers of a window are too slow for it. Two that are equally fast may be megabytes apart, since sockets hold
 * more for one than for the other: so who is far behind is looked at for a while, and leaves when it is really slower.
 */
import type { Clock } from "../../core/ports.ts";

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

/** At so many times `lagBytes` the source waits a moment for a reader. The sockets of equally fast ones have been seen 18 MiB apart. */
export const LAG_HARD_FACTOR = 4;

/** Who takes less than this share of what the fastest takes in the meantime is slow. */
const SLOW_SHARE = 1 / 8;

/** How far the fastest goes between two looks at the others, so that many readers cost little; less than a window is read ahead. */
export function bytesBetweenLooks(lagBytes: number): number {
  return Math.min(lagBytes / 16, 524_288);
}

/** What becomes of a reader: it is fast enough, it leaves, or the source waits a moment for it to come nearer. */
export type Pace = "fast" | "slow" | "nearly-fast";

/** How fast a reader is; keeps its notice. `fastest`: the next byte of the fastest reader. */
export function paceOf(reader: Paced, fastest: number, nowMs: number, { lagBytes, patienceMs }: Patience): Pace {
  const { offset } = reader;
  const behindBytes = fastest - offset;
  if (behindBytes <= lagBytes) {
    reader.notice = undefined;
    return "fast";
  }
  reader.notice ??= { atMs: nowMs, offset, fastest };
  const { notice } = reader;
  const isTooFar = behindBytes > LAG_HARD_FACTOR * lagBytes;
  if (!isTooFar && nowMs - notice.atMs < patienceMs) return "fast";
  if (offset - notice.offset < SLOW_SHARE * (fastest - notice.fastest)) return "slow";
  if (isTooFar) return "nearly-fast";
  reader.notice = { atMs: nowMs, offset, fastest };
  return "fast";
}

/** A moment in which the source waits for readers that are nearly fast enough. */
export class Hold {
  #callOff: (() => void) | undefined;

  get isOn(): boolean {
    return this.#callOff !== undefined;
  }

  /** Begins it, unless it is on. `over` is called if it is not called off before. */
  begin(clock: Pick<Clock, "after">, delayMs: number, over: () => void): void {
    this.#callOff ??= clock.after(delayMs, () => {
      this.#callOff = undefined;
      over();
    });
  }

  end(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
