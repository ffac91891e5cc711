/** The CPU time of a process and all that it has started. Linux only: it reads /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second, whatever the machine. */
const TICK_MS = 10;

/** Milliseconds of CPU that `program` has used among the descendants of a process. */
export function cpuMs(ancestor: number, program: string): number {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)));
  const family = new Set([ancestor]);
  // Parents have smaller positions than their children nearly always; a few rounds find the rest.
  for (let round = 0; round < 5; round += 1) {
    for (const { pid, parent } of processes) if (family.has(parent)) family.add(pid);
  }
  const counted = processes.filter(({ pid, command }) => family.has(pid) && command === program);
  return counted.reduce((sum, { ticks }) => sum + ticks * TICK_MS, 0);
}

function statOf(pid: number): { pid: number; parent: number; command: string; ticks: number }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const command = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return [{ pid, parent: Number(fields[1]), command, ticks: Number(fields[11]) + Number(fields[12]) }];
  } catch {
    return [];
  }
}
