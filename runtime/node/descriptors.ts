/** File descriptors: how many this process may have, and how many of them its clients' connections may take (FAULTS L14). */
import { readFileSync } from "node:fs";

/** Kept at most for what is no client: connections to origins, files of the store, logs, the control plane. */
export const DESCRIPTORS_KEPT_MAX = 4_096;
/** What a process holds before anybody connects. */
const DESCRIPTORS_HELD = 32;

/**
 * So many client connections leave enough descriptors for the rest: a request may need a connection to an origin, so
 * that half of few are kept. Undefined: there is no limit, or it is not known.
 */
export function clientConnectionsMax(limitsText: string): number | undefined {
  const limit = /^Max open files\s+(\d+)/m.exec(limitsText)?.[1];
  if (limit === undefined) return undefined;
  const free = Math.max(0, Number(limit) - DESCRIPTORS_HELD);
  return Math.max(1, free - Math.min(DESCRIPTORS_KEPT_MAX, Math.floor(free / 2)));
}

let warned = false;

/**
 * The smaller of `wanted` and what the process's limit allows. Says once a process when that is less than half. Where the
 * system has no `/proc`, it is `wanted`.
 */
export function connectionsWithin(wanted: number): number {
  let text: string;
  try {
    text = readFileSync("/proc/self/limits", "latin1");
  } catch {
    return wanted;
  }
  const allowed = clientConnectionsMax(text);
  if (allowed === undefined || allowed >= wanted) return wanted;
  if (!warned && allowed < wanted / 2) {
    warned = true;
    const why = "this process may have too few open files: raise its limit (ulimit -n, LimitNOFILE)";
    process.emitWarning(`${allowed} client connections at most, not ${wanted}: ${why}`, {
      code: "ANTIPODE_DESCRIPTORS",
    });
  }
  return allowed;
}
