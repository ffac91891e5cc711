/** The program: `antipode COMMAND …`. Started by `bin/antipode`, or by Node itself: `node cli/main.ts COMMAND …`. */
import manifest from "../package.json" with { type: "json" };
import { COMMANDS } from "./commands.ts";
import { dispatch } from "./dispatch.ts";
import { watchLauncher } from "./launcher-watch.ts";
import { paintFor } from "./text.ts";

watchLauncher();
// `antipode … | head` closes our output early: that is the end, not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await dispatch(COMMANDS, process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  env: process.env,
  version: manifest.version,
  paint: paintFor(process.stdout),
});
