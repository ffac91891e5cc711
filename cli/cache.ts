/** `antipode cache verify DIR`: checks the disk store of an edge that is not running. */
import { existsSync } from "node:fs";
import { codeOf } from "../runtime/node/disk/files.ts";
import { type Verified, verifyStore } from "../runtime/node/disk/verify.ts";
import { CommandFailure, defineCommand, UsageError } from "./args.ts";

/** Damaged files that are named one by one. */
const NAMED_MAX = 20;

/** The command. */
export const command = defineCommand({
  summary: "check the disk store of an edge",
  help: "Reads every object in DIR to the end and compares it with its checksums. Changes nothing: an edge drops what is damaged by itself, when it comes upon it. Exit code 1 when something is damaged. Meant for a folder that no edge uses; beside a running edge, what it drops meanwhile counts as absent.",
  flags: {},
  positionals: { usage: "verify DIR", min: 2, max: 2 },
  examples: ["cache verify /var/cache/antipode"],
  run: async ({ positionals: [verb, folder = ""], json }) => {
    if (verb !== "verify") throw new UsageError(`cache ${verb}: there is only \`cache verify DIR\``);
    const verified = await verifyStore(folder).catch((error: unknown) => {
      throw new CommandFailure(`${folder} cannot be read: ${codeOf(error)}`);
    });
    if (!existsSync(folder))
      throw new CommandFailure(`there is no folder ${folder}; name the one that the edge was given with --disk`);
    if (verified === undefined) throw new CommandFailure(`${folder} is no store of this version of antipode`);
    process.stdout.write(json ? `${JSON.stringify(verified)}\n` : textOf(verified));
    return verified.damaged.length + verified.damagedRecords > 0 ? 1 : 0;
  },
});

function textOf({ objects, bodyBytes, damaged, absent, unknown, damagedRecords }: Verified): string {
  const lines = damaged.slice(0, NAMED_MAX).map(({ file, reason }) => `damaged  file ${file}: ${reason}`);
  if (damaged.length > NAMED_MAX) lines.push(`damaged  and ${damaged.length - NAMED_MAX} more`);
  lines.push(
    `${objects} objects with ${bodyBytes} bytes of bodies were read; ${damaged.length} are damaged`,
    `${damagedRecords} damaged records in the log; ${absent} objects without a file; ${unknown} files without an object`,
  );
  return `${lines.join("\n")}\n`;
}
