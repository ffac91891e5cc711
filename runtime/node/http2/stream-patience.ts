/** How long one stream of HTTP/2 is waited for: content that does not come, an answer that is not taken (FAULTS L03, L04). */
import type { ListenerLimits } from "../http1/listener-options.ts";
import { type ReaderCrowd, ReaderDebt } from "../http1/reader-patience.ts";

/** The limits of it. */
export type StreamLimits = Pick<ListenerLimits, "silenceMs" | "requestMs" | "bodyGraceMs" | "bodyMinBytesPerSecond">;

/** Times are of one clock that never goes back, in milliseconds. The same rules as `Deadlines` has for HTTP/1.1. */
export class StreamPatience {
  readonly #limits: StreamLimits;
  readonly #reader: ReaderDebt;
  #owes = false;
  #bodyOpen: boolean;
  #bodySinceMs: number;
  #bodyLastMs: number;
  #bodyBytes = 0;
  #bodyPausedAtMs: number | undefined;

  constructor(limits: StreamLimits, readers: ReaderCrowd, hasBody: boolean, nowMs: number) {
    this.#limits = limits;
    this.#reader = new ReaderDebt(readers);
    this.#bodyOpen = hasBody;
    this.#bodySinceMs = nowMs;
    this.#bodyLastMs = nowMs;
  }

  bodyReceived(bytes: number, nowMs: number): void {
    this.#bodyBytes += bytes;
    this.#bodyLastMs = nowMs;
  }

  /** It is we who do not want more now. */
  bodyPaused(nowMs: number): void {
    this.#bodyPausedAtMs ??= nowMs;
  }

  /** The time in which it was not wanted does not count. */
  bodyResumed(nowMs: number): void {
    if (this.#bodyPausedAtMs === undefined) return;
    this.#bodySinceMs += nowMs - this.#bodyPausedAtMs;
    this.#bodyLastMs = nowMs;
    this.#bodyPausedAtMs = undefined;
  }

  bodyEnded(): void {
    this.#bodyOpen = false;
  }

  /** All that was written has been taken, or nobody is there any more. */
  taken(nowMs: number): void {
    if (!this.#owes) return;
    this.#owes = false;
    this.#reader.end(nowMs);
  }

  /** Whether it is over. `unsentBytes`: of the answer, those that wait for the client. */
  isOver(unsentBytes: number, nowMs: number): boolean {
    if (unsentBytes === 0) this.taken(nowMs);
    else if (this.#owes) {
      if (this.#reader.exhausted(unsentBytes, nowMs)) return true;
    } else {
      this.#owes = true;
      this.#reader.begin(unsentBytes, nowMs);
    }
    return this.#bodyOpen && this.#bodyPausedAtMs === undefined && this.#isBodyLate(nowMs);
  }

  #isBodyLate(nowMs: number): boolean {
    const { silenceMs, requestMs, bodyGraceMs, bodyMinBytesPerSecond } = this.#limits;
    const elapsedMs = nowMs - this.#bodySinceMs;
    const isSlow = this.#bodyBytes < (bodyMinBytesPerSecond * elapsedMs) / 1_000;
    return (elapsedMs >= Math.min(bodyGraceMs, requestMs) && isSlow) || nowMs - this.#bodyLastMs >= silenceMs;
  }
}
