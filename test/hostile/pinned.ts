/** Processes on processors of their own, so that who is measured does not share one with who measures. */
import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

/** Pins this process, and what it starts from now on, to a processor. False where that cannot be done. */
export function pinnedTo(processor: number): boolean {
  if (cpus().length <= processor) return false;
  return spawnSync("taskset", ["-acp", `${processor}`, `${process.pid}`], { stdio: "ignore" }).status === 0;
}
