/** How much processor time a server and its children have used: what is left of a figure when others share the machine. */
import { readdirSync, readFileSync } from "node:fs";

/** Seconds in user and kernel mode of a process with its living children, all threads, to the nanosecond. Linux only. */
export function cpuSeconds(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + ownSeconds(each), 0);
}

function childrenOf(pid: number): readonly number[] {
  return tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function ownSeconds(pid: number): number {
  // The first number of schedstat is the time on a processor; `stat` has it in hundredths only.
  return tasksOf(pid).reduce(
    (sum, task) => sum + Number(read(`/proc/${pid}/task/${task}/schedstat`).split(" ")[0]) / 1e9,
    0,
  );
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Ended between being listed and being read.
    return "";
  }
}
