/** The time limits of one connection, all asked by one wheel (FAULTS L01–L05). */
import type { ListenerLimits } from "./listener-options.ts";
import { type ReaderCrowd, ReaderDebt } from "./reader-patience.ts";
import { NO_TICK, type Timed, type TimerWheel } from "./timer-wheel.ts";

/** What happens when time is up. */
export interface DeadlineActions {
  /** Nothing came, or nothing comes any more: closed without a word. */
  silent(): void;
  headTooSlow(): void;
  bodyTooSlow(): void;
  readerTooSlow(): void;
  /** Bytes that wait to leave: they get fewer as long as the client reads. */
  queuedBytes(): number;
  /** Bytes of the answer's body that have left. */
  sentBytes(): number;
}

/** How often a blocked connection's progress is looked at. */
const STALL_CHECK_MS = 1_000;
/** How often those are looked at that wait for nothing in particular. */
const LOOK_AGAIN_MS = 5_000;

/** What the connection waits for decides which limit counts. */
export class Deadlines implements Timed {
  wheelTick: number = NO_TICK;
  readonly #limits: ListenerLimits;
  readonly #wheel: TimerWheel;
  readonly #actions: DeadlineActions;
  readonly #openedAtMs: number;
  #phase: "quiet" | "head" | "body" | "busy" | "idle" | "linger" = "quiet";
  /** Of the phases that have one end. */
  #deadlineMs: number;
  #answerBeganAtMs: number | undefined;
  #bodySinceMs = 0;
  #bodyLastMs = 0;
  #bodyBytes = 0;
  #bodyPausedAtMs: number | undefined;
  #sendBlocked = false;
  readonly #reader: ReaderDebt;

  constructor(
    { limits, wheel, readers }: { limits: ListenerLimits; wheel: TimerWheel; readers: ReaderCrowd },
    actions: DeadlineActions,
  ) {
    this.#limits = limits;
    this.#reader = new ReaderDebt(readers);
    this.#wheel = wheel;
    this.#actions = actions;
    this.#openedAtMs = performance.now();
    this.#deadlineMs = this.#openedAtMs + limits.silenceMs;
    wheel.schedule(this, this.#deadlineMs);
  }

  olderThan(ageMs: number): boolean {
    return this.#wheel.nowMs - this.#openedAtMs > ageMs;
  }

  headBegan(): void {
    this.#until("head", this.#limits.headersMs);
  }

  busy(): void {
    this.#phase = "busy";
    this.#answerBeganAtMs = undefined;
  }

  idle(): void {
    this.#until("idle", this.#limits.keepAliveMs);
  }

  linger(): void {
    this.#until("linger", this.#limits.lingerMs);
  }

  answerBegan(): void {
    this.#answerBeganAtMs = this.#wheel.nowMs;
  }

  bodyBegan(): void {
    const nowMs = performance.now();
    this.#phase = "body";
    this.#answerBeganAtMs = undefined;
    this.#bodySinceMs = nowMs;
    this.#bodyLastMs = nowMs;
    this.#bodyBytes = 0;
    this.#bodyPausedAtMs = undefined;
    this.#wheel.schedule(this, this.#bodyDueMs(nowMs));
  }

  bodyReceived(bytes: number): void {
    this.#bodyBytes += bytes;
    this.#bodyLastMs = performance.now();
    if (this.#bodyPausedAtMs !== undefined) this.bodyResumed();
  }

  /** We do not read: that is not the client's slowness. */
  bodyPaused(): void {
    this.#bodyPausedAtMs ??= performance.now();
  }

  bodyResumed(): void {
    if (this.#bodyPausedAtMs === undefined) return;
    const nowMs = performance.now();
    this.#bodySinceMs += nowMs - this.#bodyPausedAtMs;
    this.#bodyLastMs = nowMs;
    this.#bodyPausedAtMs = undefined;
    this.#wheel.schedule(this, this.#bodyDueMs(nowMs));
  }

  /** The client does not take what is written to it. */
  sendBlocked(): void {
    const nowMs = performance.now();
    this.#sendBlocked = true;
    this.#reader.begin(this.#actions.queuedBytes(), nowMs);
    this.#wheel.schedule(this, nowMs + this.#stallCheckMs);
  }

  sendUnblocked(): void {
    if (!this.#sendBlocked) return;
    this.#sendBlocked = false;
    this.#reader.end(performance.now());
  }

  stop(): void {
    this.sendUnblocked();
    this.#wheel.forget(this);
  }

  due(nowMs: number): number | undefined {
    if (this.#sendBlocked && this.#reader.exhausted(this.#actions.queuedBytes(), nowMs)) {
      this.#actions.readerTooSlow();
      return undefined;
    }
    const nextMs = this.#phaseDue(nowMs);
    return nextMs === undefined || !this.#sendBlocked ? nextMs : Math.min(nextMs, nowMs + this.#stallCheckMs);
  }

  get #stallCheckMs(): number {
    return Math.min(this.#limits.writeStallMs / 4, STALL_CHECK_MS);
  }

  #phaseDue(nowMs: number): number | undefined {
    if (this.#phase === "body") return this.#bodyDue(nowMs);
    if (this.#phase === "busy") return this.#busyDue(nowMs);
    if (nowMs < this.#deadlineMs) return this.#deadlineMs;
    if (this.#phase === "head") this.#actions.headTooSlow();
    else this.#actions.silent();
    return undefined;
  }

  #until(phase: "head" | "idle" | "linger", limitMs: number): void {
    this.#phase = phase;
    this.#deadlineMs = performance.now() + limitMs;
    this.#wheel.schedule(this, this.#deadlineMs);
  }

  #busyDue(nowMs: number): number | undefined {
    const { sendTimeoutMs, sendMinBytesPerSecond } = this.#limits;
    const sendingMs = this.#answerBeganAtMs === undefined ? 0 : nowMs - this.#answerBeganAtMs;
    const slow = sendingMs > sendTimeoutMs && this.#actions.sentBytes() < (sendMinBytesPerSecond * sendingMs) / 1_000;
    if (!slow) return nowMs + Math.min(LOOK_AGAIN_MS, sendTimeoutMs, this.#limits.keepAliveMs);
    this.#actions.readerTooSlow();
    return undefined;
  }

  #bodyDue(nowMs: number): number | undefined {
    if (this.#bodyPausedAtMs !== undefined) return nowMs + LOOK_AGAIN_MS;
    const { silenceMs, bodyMinBytesPerSecond } = this.#limits;
    const elapsedMs = nowMs - this.#bodySinceMs;
    const slow = elapsedMs >= this.#graceMs && this.#bodyBytes < (bodyMinBytesPerSecond * elapsedMs) / 1_000;
    if (!slow && nowMs - this.#bodyLastMs < silenceMs) return this.#bodyDueMs(nowMs);
    this.#actions.bodyTooSlow();
    return undefined;
  }

  get #graceMs(): number {
    return Math.min(this.#limits.bodyGraceMs, this.#limits.requestMs);
  }

  #bodyDueMs(nowMs: number): number {
    const graceEndMs = this.#bodySinceMs + this.#graceMs;
    const silentMs = this.#bodyLastMs + this.#limits.silenceMs;
    return Math.min(graceEndMs > nowMs ? graceEndMs : nowMs + LOOK_AGAIN_MS, silentMs);
  }
}
