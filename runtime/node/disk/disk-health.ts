/** Whether the disk takes writes. After a failure nothing is written but, now and then, a probe; when that works, all is. */
import type { Clock } from "../../../core/ports.ts";
import { codeOf } from "./files.ts";

/** How long after a failure, or a failed probe, the next probe comes. */
export const PROBE_AFTER_MS = 2_000;

/** Counts failures, and knows when to try again. */
export class DiskHealth {
  readonly #clock: Clock;
  readonly #probe: () => Promise<void>;
  #reason: string | undefined;
  #failures = 0;
  #callOff = (): void => {};

  /** `probe` writes something, and fails when it cannot. */
  constructor(clock: Clock, probe: () => Promise<void>) {
    this.#clock = clock;
    this.#probe = probe;
  }

  /** Why nothing is written; undefined: all is well. */
  get failing(): string | undefined {
    return this.#reason;
  }

  get failures(): number {
    return this.#failures;
  }

  /** A write has failed. */
  failed(error: unknown): void {
    this.#failures += 1;
    const wasFailing = this.#reason !== undefined;
    this.#reason = codeOf(error);
    if (!wasFailing) this.#tryLater();
  }

  /** No probes from now on. */
  close(): void {
    this.#callOff();
  }

  #tryLater(): void {
    this.#callOff = this.#clock.after(PROBE_AFTER_MS, () => void this.#try());
  }

  async #try(): Promise<void> {
    try {
      await this.#probe();
      this.#reason = undefined;
    } catch (error) {
      this.#reason = codeOf(error);
      this.#tryLater();
    }
  }
}
