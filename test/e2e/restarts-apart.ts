/**
 * Rolling restarts in a network of their own, in which Linux hands connections that wait on a closing socket to the other
 * process (`net.ipv4.tcp_migrate_req=1`), as docs/security.md asks for. Run as a program it prints what came of it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { LongContext } from "../long-run.ts";
import { type Restarts, rollingRestarts } from "./rolling-restarts.ts";
import type { SteadyOptions } from "./steady-clients.ts";

/** How many, and under which load. */
export interface RestartsOrder {
  readonly restarts: number;
  readonly clients: Omit<SteadyOptions, "port">;
}

const SETUP = 'ip link set lo up && sysctl -qw net.ipv4.tcp_migrate_req=1 && exec "$0" "$@"';

/** Runs them there; fails where the system has no such networks (Linux with user namespaces has). */
export async function restartsApart(
  order: RestartsOrder,
  { log, signal }: Pick<LongContext, "log" | "signal">,
): Promise<Restarts> {
  const program = [process.execPath, import.meta.filename, JSON.stringify(order)];
  const child = spawn("unshare", ["-Urn", "sh", "-c", SETUP, ...program], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => log(chunk.toString().trimEnd()));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`restarts in a network of their own ended with code ${code}`);
  return JSON.parse(printed);
}

if (import.meta.main) {
  const { restarts, clients }: RestartsOrder = JSON.parse(process.argv[2] ?? "");
  const result = await rollingRestarts(restarts, clients, (done, { answered, failed }) => {
    if (done % 10 === 0) console.error(`${done} restarts, ${answered} answers, failed ${JSON.stringify(failed)}`);
  });
  console.log(JSON.stringify(result));
}
