/** A secret that a flag holds itself, or that is in the file that it names. */
import { readFileSync } from "node:fs";
import { codeOf } from "../runtime/node/disk/files.ts";
import { CommandFailure } from "./args.ts";
import { reasonOf } from "./config-file.ts";

/** Where control writes a secret. */
export type SecretFile = "admin.token" | "join.token";

/** The secret without white space around it; a CommandFailure when a file is named that cannot be read. */
export function secretOf(given: string, file: SecretFile): string {
  try {
    return readFileSync(given, "utf8").trim();
  } catch (error) {
    const code = codeOf(error);
    if (code === "EISDIR") throw new CommandFailure(`${given} is a folder; name the file ${file} in it`);
    const isAbsent = ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code);
    if (!isAbsent) throw new CommandFailure(`cannot read ${given}: ${reasonOf(error)}`);
    // No secret has a slash or ends so.
    if (!/[/\\]|\.token$/.test(given)) return given.trim();
    throw new CommandFailure(`there is no file ${given}; control writes ${file} into the folder of its --data`);
  }
}
