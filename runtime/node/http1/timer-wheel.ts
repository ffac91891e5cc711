/** One timer for all connections of a listener: who is due is asked, and says when to be asked again. */

/** Something that is looked at from time to time. */
export interface Timed {
  /** Acts if it is time; returns when to ask again, or undefined for never. */
  due(nowMs: number): number | undefined;
  /** The tick that it waits for; the wheel's own note. */
  wheelTick: number;
}

/** The value of `wheelTick` of one that waits for nothing. */
export const NO_TICK = -1;

/** A later deadline costs nothing: the entry is asked at the old time and names the new one. */
export class TimerWheel {
  readonly #granularityMs: number;
  readonly #slots = new Map<number, Set<Timed>>();
  #timer: NodeJS.Timeout | undefined;
  #tick: number;
  readonly #now: () => number;

  constructor(granularityMs: number, now: () => number = () => performance.now()) {
    this.#granularityMs = granularityMs;
    this.#now = now;
    this.#tick = Math.floor(now() / granularityMs);
  }

  /** The time of the last turn: cheap, and old by at most one granularity. */
  get nowMs(): number {
    return this.#tick * this.#granularityMs;
  }

  /** Begins to turn. It does not keep the process alive. */
  start(): void {
    // Sockets first: after a stall of ours, what clients sent in time is read before anybody is called late.
    const turn = (): void => this.turn(this.#now());
    this.#timer ??= setInterval(() => setImmediate(turn), this.#granularityMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#slots.clear();
  }

  /** Makes sure that `entry` is asked at `atMs` or earlier. */
  schedule(entry: Timed, atMs: number): void {
    const tick = Math.max(this.#tick + 1, Math.ceil(atMs / this.#granularityMs));
    if (entry.wheelTick !== NO_TICK && entry.wheelTick <= tick) return;
    this.forget(entry);
    entry.wheelTick = tick;
    const slot = this.#slots.get(tick);
    if (slot === undefined) this.#slots.set(tick, new Set([entry]));
    else slot.add(entry);
  }

  /** Asks `entry` no more. */
  forget(entry: Timed): void {
    if (entry.wheelTick === NO_TICK) return;
    const slot = this.#slots.get(entry.wheelTick);
    slot?.delete(entry);
    if (slot?.size === 0) this.#slots.delete(entry.wheelTick);
    entry.wheelTick = NO_TICK;
  }

  /** Asks all that are due by `nowMs`. After a jump ahead (a machine that slept) everybody between is asked. */
  turn(nowMs: number): void {
    const last = Math.floor(nowMs / this.#granularityMs);
    // After a jump (a sleeping machine) the slots are fewer than the ticks between.
    const ticks =
      last - this.#tick > this.#slots.size ? [...this.#slots.keys()].filter((tick) => tick <= last) : undefined;
    for (const tick of ticks ?? range(this.#tick + 1, last)) this.#ask(tick, nowMs);
    if (last > this.#tick) this.#tick = last;
  }

  #ask(tick: number, nowMs: number): void {
    const slot = this.#slots.get(tick);
    if (slot === undefined) return;
    this.#tick = Math.max(this.#tick, tick);
    for (const entry of slot) {
      // Out of the slot first: one that forgets another of the same slot is heeded.
      this.forget(entry);
      const nextMs = entry.due(nowMs);
      if (nextMs !== undefined) this.schedule(entry, nextMs);
    }
  }
}

function* range(first: number, last: number): Generator<number> {
  for (let value = first; value <= last; value += 1) yield value;
}
