/**
 * A body on its way in. It is read eagerly and kept up to `maxBytes`; readers see what has come, then what comes.
 * Over `maxBytes` it turns into a shared window. The source then follows the fastest reader, and who is too slow leaves
 * the window (`pace.ts`); where readers cannot leave, it waits for the slowest.
 */
import type { KeptBody, Spool, SpoolEnd, SpoolLimits } from "../../core/ports.ts";
import type { ByteBody } from "./bodies.ts";
import { keptCopy } from "./kept-buffer.ts";
import { bytesBetweenLooks, Hold, LAG_HARD_FACTOR, paceOf } from "./pace.ts";
import { once, SpoolReader, type SpoolView } from "./spool-reader.ts";

/** How far the source may run ahead of the readers of a window: of the fastest, or of the slowest where none may leave. */
export const WINDOW_AHEAD_BYTES = 1_048_576;

type State =
  | { readonly kind: "arriving" }
  | { readonly kind: "window"; finished: boolean }
  | { readonly kind: "complete"; readonly kept: KeptBody<Uint8Array> }
  | { readonly kind: "failed"; readonly reason: string };

/** A chunk of a window, and how many readers have not had it. */
interface Held {
  readonly bytes: Uint8Array;
  unread: number;
}

/** The spool of every runtime. */
export class BufferSpool implements Spool<ByteBody> {
  readonly ended: Promise<SpoolEnd>;
  readonly sealed: Promise<void>;
  readonly #limits: SpoolLimits<ByteBody>;
  readonly #keep: typeof keptCopy;
  readonly #readers = new Set<SpoolReader>();
  #settle: (end: SpoolEnd) => void = () => {};
  #seal: () => void = () => {};
  #state: State = { kind: "arriving" };
  /** What is held; the first is chunk number `#chunksBefore`, its first byte is byte `#heldFrom` of the body. */
  #held: Held[] = [];
  #chunksBefore = 0;
  #heldFrom = 0;
  #bytes = 0;
  /** Where the fastest reader is. */
  #fastest = 0;
  /** Where it was when the others were last looked at. */
  #lookedAt = 0;
  readonly #hold = new Hold();
  #wasOpened = false;
  #source: AsyncIterator<Uint8Array> | undefined;
  #wakeSource: (() => void) | undefined;

  constructor(source: ByteBody | undefined, limits: SpoolLimits<ByteBody>, keep = keptCopy) {
    this.#limits = limits;
    this.#keep = keep;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.sealed = new Promise((resolve) => {
      this.#seal = resolve;
    });
    if (source === undefined || (source instanceof Uint8Array && source.byteLength <= limits.maxBytes)) {
      if (source !== undefined && source.byteLength > 0) this.#append(source);
      this.#complete();
      return;
    }
    this.#source = source instanceof Uint8Array ? once(source) : source[Symbol.asyncIterator]();
    void this.#pump(this.#source);
  }

  open(): ByteBody | undefined {
    if (this.#state.kind === "complete") return this.#state.kept.open();
    if (this.#state.kind === "failed" || this.#heldFrom > 0) return undefined;
    const reader = new SpoolReader(this.#view);
    this.#readers.add(reader);
    this.#wasOpened = true;
    for (const chunk of this.#held) chunk.unread += 1;
    return reader;
  }

  kept(): KeptBody<ByteBody> | undefined {
    return this.#state.kind === "complete" ? this.#state.kept : undefined;
  }

  abandon(reason: string): void {
    if (this.#state.kind === "complete" || (this.#state.kind === "window" && this.#state.finished)) return;
    this.#fail(reason);
  }

  async #pump(source: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      for (;;) {
        const result = await source.next();
        if (this.#state.kind === "failed") return;
        if (result.done === true) break;
        if (result.value.byteLength > 0) this.#append(result.value);
        if (this.#state.kind === "arriving" && this.#isTooMuch()) this.#overflow();
        await this.#windowOpen();
      }
      this.#complete();
    } catch (error) {
      this.#source = undefined;
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #append(bytes: Uint8Array): void {
    this.#held.push({ bytes, unread: this.#readers.size });
    this.#bytes += bytes.byteLength;
    this.#tellHeld();
    for (const reader of this.#readers) reader.wake();
  }

  #overflow(): void {
    this.#state = { kind: "window", finished: false };
    this.#settle({ kind: "overflow" });
    this.#limits.onOverflow?.();
    this.#trim();
  }

  /** Settles once the source may go on. */
  async #windowOpen(): Promise<void> {
    while (this.#state.kind === "window" && this.#isFull()) {
      await new Promise<void>((resolve) => {
        this.#wakeSource = resolve;
      });
    }
  }

  /** Whether it cannot be kept whole. */
  #isTooMuch(): boolean {
    return this.#bytes > this.#limits.maxBytes || this.#isSqueezed();
  }

  /** Whether there is no room for more than the least. */
  #isSqueezed(): boolean {
    const { room } = this.#limits;
    return room !== undefined && this.#bytes - this.#heldFrom > room.leastBytes && room.isFull();
  }

  #tellHeld(): void {
    const holdsNone = this.#state.kind === "complete" || this.#state.kind === "failed";
    this.#limits.room?.holds(holdsNone ? 0 : this.#bytes - this.#heldFrom);
  }

  #isFull(): boolean {
    if (this.#hold.isOn || this.#isSqueezed()) return true;
    const behindBytes = LAG_HARD_FACTOR * (this.#limits.lag?.maxBytes ?? 0);
    if (this.#bytes - this.#heldFrom > behindBytes + WINDOW_AHEAD_BYTES) return true;
    return behindBytes > 0 && this.#bytes - this.#fastest > WINDOW_AHEAD_BYTES;
  }

  #complete(): void {
    if (this.#state.kind === "failed") return;
    this.#source = undefined;
    this.#hold.end();
    if (this.#state.kind === "window") {
      this.#state.finished = true;
    } else {
      // Copied even when it is one chunk: that is a view into a bigger network buffer, which must not be pinned.
      const chunks = this.#held.map(({ bytes }) => bytes);
      const kept = this.#keep(chunks, this.#bytes);
      this.#held = [];
      this.#state = { kind: "complete", kept };
      this.#tellHeld();
      this.#settle({ kind: "complete", bytes: this.#bytes });
    }
    this.#seal();
    for (const reader of this.#readers) reader.wake();
  }

  #fail(reason: string): void {
    if (this.#state.kind === "failed") return;
    this.#state = { kind: "failed", reason };
    this.#held = [];
    this.#tellHeld();
    this.#hold.end();
    this.#settle({ kind: "failed", reason });
    this.#seal();
    for (const reader of this.#readers) reader.wake();
    this.#wakeSource?.();
    const source = this.#source;
    this.#source = undefined;
    source?.return?.().then(
      () => {},
      () => {},
    );
  }

  /** Lets go of what nobody in the window needs, and of readers that are too far behind. */
  #trim(): void {
    if (this.#state.kind !== "window") return;
    if (this.#readers.size === 0 && this.#wasOpened) {
      this.#fail("every reader left a body too large to keep");
      return;
    }
    this.#dropRead();
    this.#dropLagging();
    const wake = this.#wakeSource;
    this.#wakeSource = undefined;
    wake?.();
  }

  /** The beginning is held for a while, for those who come a little later. */
  #dropRead(): void {
    const { lag, room } = this.#limits;
    const isSqueezed = room !== undefined && this.#isSqueezed();
    const beginningBytes = isSqueezed ? room.leastBytes : (lag?.maxBytes ?? WINDOW_AHEAD_BYTES);
    if (this.#heldFrom === 0 && this.#fastest <= beginningBytes) return;
    for (let first = this.#held[0]; first?.unread === 0; first = this.#held[0]) {
      this.#heldFrom += first.bytes.byteLength;
      this.#chunksBefore += 1;
      this.#held.shift();
      this.#seal();
    }
    this.#tellHeld();
  }

  #dropLagging(): void {
    const { lag } = this.#limits;
    if (lag === undefined) return;
    if (this.#fastest - this.#heldFrom <= lag.maxBytes) {
      this.#hold.end();
      return;
    }
    if (this.#fastest - this.#lookedAt < bytesBetweenLooks(lag.maxBytes)) return;
    this.#lookedAt = this.#fastest;
    const [nowMs, patience] = [lag.clock.nowMs(), { lagBytes: lag.maxBytes, patienceMs: lag.patienceMs }];
    this.#drop((reader) => {
      const pace = paceOf(reader, this.#fastest, nowMs, patience);
      if (pace === "nearly-fast") this.#hold.begin(lag.clock, lag.patienceMs / 2, () => this.#heldLongEnough());
      return pace === "slow";
    });
  }

  /** Who has not come nearer by now is too slow. */
  #heldLongEnough(): void {
    this.#drop(({ offset }) => this.#fastest - offset > (this.#limits.lag?.maxBytes ?? 0));
    this.#trim();
  }

  /** Makes readers leave, as long as there is room outside. */
  #drop(isTooSlow: (reader: SpoolReader) => boolean): void {
    for (const reader of this.#readers) {
      if (!isTooSlow(reader)) continue;
      const lagging = this.#limits.lag?.leave();
      if (lagging === undefined) break;
      reader.leaveWindow(lagging);
      this.#forget(reader);
    }
    this.#dropRead();
  }

  /** Takes a reader out of the account; true when it was in it. */
  #forget(reader: SpoolReader): boolean {
    if (!this.#readers.delete(reader)) return false;
    for (const chunk of this.#held.slice(reader.chunkNumber - this.#chunksBefore)) chunk.unread -= 1;
    return true;
  }

  readonly #view: SpoolView = {
    read: (reader) => {
      const state = this.#state;
      if (state.kind === "failed") throw new Error(state.reason);
      if (state.kind === "complete") return this.#readKept(reader, state.kept.open());
      const chunk = this.#held[reader.chunkNumber - this.#chunksBefore];
      if (chunk === undefined) return state.kind === "window" && state.finished ? "end" : undefined;
      reader.chunkNumber += 1;
      reader.offset += chunk.bytes.byteLength;
      chunk.unread -= 1;
      this.#fastest = Math.max(this.#fastest, reader.offset);
      this.#trim();
      return chunk.bytes;
    },
    left: (reader) => {
      if (!this.#forget(reader)) return;
      if (this.#state.kind === "arriving") this.#leftArriving();
      if (reader.offset >= this.#fastest) this.#fastest = fastestOf(this.#readers);
      this.#lookedAt = Math.min(this.#lookedAt, this.#fastest);
      this.#trim();
    },
  };

  #leftArriving(): void {
    if (this.#readers.size > 0 || this.#limits.goesOnUnread?.(this.#bytes) !== false) return;
    this.#fail("every reader left");
  }

  #readKept(reader: SpoolReader, kept: Uint8Array): Uint8Array | "end" {
    if (reader.offset >= kept.byteLength) return "end";
    const rest = kept.subarray(reader.offset);
    reader.offset = kept.byteLength;
    return rest;
  }
}

function fastestOf(readers: Iterable<SpoolReader>): number {
  let fastest = 0;
  for (const { offset } of readers) fastest = Math.max(fastest, offset);
  return fastest;
}
