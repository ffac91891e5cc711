/** A bug that nothing caught: the process cannot be trusted any more, but its clients need not feel it. */

/** What is done then. */
export interface LastResort {
  /** Says what happened, where an operator looks. */
  log(error: unknown): void;
  /** Finishes what is under way; the process exits when it settles, or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  readonly graceMs: number;
}

const EXIT_CODE = 70;
/** Beyond the drain's own grace. */
const EXIT_AFTER_GRACE_MS = 1_000;

/** Logs, drains and exits at the first uncaught exception or unhandled rejection. Whoever supervises starts it again. */
export function installLastResort(resort: LastResort): void {
  let dying = false;
  const die = (error: unknown): void => {
    resort.log(error);
    if (dying) return;
    dying = true;
    process.exitCode = EXIT_CODE;
    const exit = (): never => process.exit(EXIT_CODE);
    setTimeout(exit, resort.graceMs + EXIT_AFTER_GRACE_MS).unref();
    resort.drain(resort.graceMs).then(exit, (failure: unknown) => {
      resort.log(failure);
      exit();
    });
  };
  process.on("uncaughtException", die);
  process.on("unhandledRejection", die);
}
