/** Where a result was obtained: the commit, the day, the machine. */
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import type { Provenance } from "./long-run.ts";

const root = path.join(import.meta.dirname, "..");

/** The commit, marked when the work tree holds more than it; new evidence does not count. */
export function provenance(): Provenance {
  const git = (...words: string[]) => execFileSync("git", words, { cwd: root, encoding: "utf8" }).trim();
  const dirty = git("status", "--porcelain", "--", ".", ":!docs/evidence") !== "";
  return {
    commit: `${git("rev-parse", "HEAD")}${dirty ? "-dirty" : ""}`,
    date: new Date().toISOString(),
    node: process.version,
    cpu: `${os.cpus().length} × ${os.cpus()[0]?.model ?? "unknown"}`,
  };
}
