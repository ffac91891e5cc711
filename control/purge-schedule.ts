/**
 * Purges that are to come. Each is an entry of the ledger until it is due, and firing it is an entry that takes it away: as
 * entries are decided one after the other on the newest state, it fires once, however many controls look, and also after
 * a restart that came in between (late, then).
 */
import { positionText } from "../core/ledger/position.ts";
import type { ScheduledPurge } from "../core/ledger/purge-book.ts";
import type { Clock } from "../core/ports.ts";
import type { LedgerService } from "./ledger-service.ts";
import { PurgeUrls } from "./purge-urls.ts";
import type { Receipts } from "./receipts.ts";

/** Clocks are set and timers have a longest time: it is looked again after so long at most. */
const LOOK_AGAIN_MS = 60_000;
/** After a write that failed. */
const TRY_AGAIN_MS = 1_000;

/** What a schedule needs. */
export interface ScheduleParts {
  readonly ledger: LedgerService;
  readonly clock: Clock;
  readonly receipts: Receipts;
  say(line: string): void;
}

/** The schedule of one control. */
export class PurgeSchedule {
  readonly #parts: ScheduleParts;
  readonly #unsubscribe: () => void;
  readonly #urls = new PurgeUrls();
  #callOff: () => void = () => {};
  #isFiring = false;
  #isStopped = false;

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.ledger.subscribe(() => this.#plan());
    this.#plan();
  }

  /** Fires nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#callOff();
  }

  #plan(leastMs = 0): void {
    if (this.#isFiring || this.#isStopped) return;
    this.#callOff();
    const { ledger, clock } = this.#parts;
    const due = [...ledger.snapshot.purgeBook.scheduled.values()].map(({ dueAtMs }) => dueAtMs);
    if (due.length === 0) return;
    const inMs = due.reduce((a, b) => Math.min(a, b)) - clock.nowMs();
    this.#callOff = clock.after(Math.min(Math.max(inMs, leastMs), LOOK_AGAIN_MS), () => void this.#fireDue());
  }

  async #fireDue(): Promise<void> {
    const { ledger, clock, say } = this.#parts;
    this.#isFiring = true;
    let leastMs = 0;
    try {
      for (const purge of ledger.snapshot.purgeBook.scheduled.values())
        if (purge.dueAtMs <= clock.nowMs() && !this.#isStopped) await this.#fire(purge);
    } catch (error) {
      leastMs = TRY_AGAIN_MS;
      say(`a scheduled purge could not be written, and is tried again: ${error}`);
    }
    this.#isFiring = false;
    this.#plan(leastMs);
  }

  async #fire({ id, site, author, scope, values, soft, settleSeconds }: ScheduledPurge): Promise<void> {
    const { ledger, clock, say, receipts } = this.#parts;
    const atMs = clock.nowMs();
    const written = await ledger.write<"done">((snapshot) => {
      if (!snapshot.purgeBook.scheduled.has(id)) return { kind: "refuse", refusal: "done" };
      // The site's rules may have changed since it was planned.
      const named = this.#urls.named(snapshot, { site, scope, values });
      const payload = { scope, values: [...named], soft, settleSeconds, fires: id };
      return { kind: "write", drafts: [{ kind: "purge", site, author, at: atMs, payload }] };
    });
    if (written.kind !== "written") return;
    receipts.purged(written.position, atMs);
    say(`the purge ${id} of the site ${site} was due: purged at ${positionText(written.position)}`);
  }
}
