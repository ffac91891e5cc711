/** Runs a script of Workers: its exit code, and one sentence when it cannot go on. */
import { CommandFailure } from "../args.ts";

/** Ends the process with the script's code; a failure that people can mend is printed without a stack. */
export async function runScript(main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
