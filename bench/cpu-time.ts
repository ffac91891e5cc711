/** How much processor time a server and its children have used: what is left of a figure when others share the machine. */
import { readdirSync, readFileSync } from "node:fs";

/** The kernel's clock ticks a second, the same on every Linux of today. */
const TICKS_PER_SECOND = 100;

/** Seconds in user and kernel mode of a process with its living children. Linux only. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    if (stat !== undefined && (stat.pid === pid || stat.parent === pid)) ticks += stat.ticks;
  }
  return ticks / TICKS_PER_SECOND;
}

function readStat(name: string): { readonly pid: number; readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    // The name in parentheses may contain spaces.
    const after = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid: Number(name), parent: Number(after[1]), ticks: Number(after[11]) + Number(after[12]) };
  } catch {
    return undefined;
  }
}
