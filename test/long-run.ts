/** What a long run is: a soak, a fuzz or a fault run of minutes, whose result is evidence under docs/evidence/. */

/** What a long run gets. */
export interface LongContext {
  /** The root of the repository. */
  readonly root: string;
  /** Prints one line of progress. */
  log(line: string): void;
  /** Fires on Ctrl-C: stop early, clean up, and throw. */
  readonly signal: AbortSignal;
}

/** What a module `test/long/NAME.ts` exports; throwing, or `passed: false` in the result, is failure. */
export interface LongRun {
  /** The name of its evidence file; the same as the module's. */
  readonly name: string;
  /** One line for the list. */
  readonly summary: string;
  /** The result is plain data that goes into the evidence as it is. */
  run(context: LongContext): Promise<object>;
}

/** Where a result was obtained. */
export interface Provenance {
  readonly commit: string;
  readonly date: string;
  readonly node: string;
  readonly cpu: string;
}

/** The evidence of one run: where it was obtained, how long it took, and the result. */
export interface Evidence extends Provenance {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly result: object;
}

/** Runs one; never throws: a failure is evidence too. */
export async function performRun(run: LongRun, context: LongContext, provenance: Provenance): Promise<Evidence> {
  const startMs = performance.now();
  const started = Promise.resolve().then(() => run.run(context));
  const outcome = await started.then(
    (result) => ({ passed: !("passed" in result && result.passed === false), result }),
    (error: unknown) => ({ passed: false, result: { error: error instanceof Error ? error.message : String(error) } }),
  );
  const seconds = Math.round((performance.now() - startMs) / 100) / 10;
  return { name: run.name, passed: outcome.passed, ...provenance, seconds, result: outcome.result };
}

/** Whether a module exports a long run. */
export function isLongRun(module: object): module is LongRun {
  const named = "name" in module && typeof module.name === "string";
  const summed = "summary" in module && typeof module.summary === "string";
  return named && summed && "run" in module && typeof module.run === "function";
}
