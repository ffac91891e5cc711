/**
 * Whether a server has stopped answering: requests wait there, and for a while no head has come at all. A hung process or a
 * lost route looks like that long before time limits say so.
 */

/** One request on its way. */
export interface Pending {
  readonly sentAtMs: number;
}

/** Of one server. Lives as long as it does; as large as the number of requests under way. */
export class Silence {
  readonly #pending = new Set<Pending>();
  #heardAtMs = 0;
  #isHung = false;

  /** Requests whose heads are waited for. */
  get unanswered(): number {
    return this.#pending.size;
  }

  /** A request is sent. */
  sent(nowMs: number): Pending {
    const pending = { sentAtMs: nowMs };
    this.#pending.add(pending);
    return pending;
  }

  /** Its head came (`heard`), or will not; who waited in vain for `afterMs` has found a server that hangs. */
  ended(
    pending: Pending,
    how: "heard" | "failed" | "unknown",
    at: { readonly nowMs: number; readonly afterMs: number },
  ): void {
    this.#pending.delete(pending);
    if (how === "heard") this.heard(at.nowMs);
    else if (how === "failed" && at.afterMs > 0 && at.nowMs - pending.sentAtMs >= at.afterMs) this.#isHung = true;
  }

  /** Something else has proved that it answers. */
  heard(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#isHung = false;
  }

  /** Whether nothing has been heard for `afterMs` although somebody waited, or the last one waited in vain. 0: never. */
  isSilent(nowMs: number, afterMs: number): boolean {
    if (afterMs <= 0) return false;
    if (this.#isHung) return true;
    const [oldest] = this.#pending;
    return oldest !== undefined && nowMs - Math.max(oldest.sentAtMs, this.#heardAtMs) >= afterMs;
  }
}
