/** Writers that wait are served together: one sync of the disk makes all of them durable. */

/** Writes that go together at most. */
const TOGETHER_MAX = 200;

/** Gathers jobs and runs them in batches, one batch after the other. */
export class WriteBatches<J> {
  readonly #run: (jobs: readonly J[]) => Promise<void>;
  readonly #waiting: J[] = [];
  #isRunning = false;

  /** `run` settles each of its jobs itself; it must not reject. */
  constructor(run: (jobs: readonly J[]) => Promise<void>) {
    this.#run = run;
  }

  /** The job is run soon, after all that were added before. */
  add(job: J): void {
    this.#waiting.push(job);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#runNext();
  }

  /** A turn of the loop later: requests that came while the disk was synced are read by then. */
  #runNext(): void {
    setImmediate(async () => {
      await this.#run(this.#waiting.splice(0, TOGETHER_MAX));
      if (this.#waiting.length > 0) return this.#runNext();
      this.#isRunning = false;
    });
  }
}
