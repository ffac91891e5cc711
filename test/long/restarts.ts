/** An edge is restarted a hundred times under a thousand requests a second, and nobody notices (FAULTS L18, G26). */
import { restartsApart } from "../e2e/restarts-apart.ts";
import type { LongContext } from "../long-run.ts";

export const name = "restarts";
export const summary = "100 restarts under 1,000 requests a second, a tenth on new connections: 0 failed";

const RESTARTS = Number(process.env.ANTIPODE_RESTARTS ?? 100);
const REQUESTS_PER_SECOND = 1_000;
const KEPT_CLIENTS = 90;
const FRESH_PER_SECOND = 100;

/** Runs it. */
export async function run(context: LongContext): Promise<object> {
  const clients = { requestsPerSecond: REQUESTS_PER_SECOND, kept: KEPT_CLIENTS, freshPerSecond: FRESH_PER_SECOND };
  const { counts, exitCodes, ...rest } = await restartsApart({ restarts: RESTARTS, clients }, context);
  const requestsPerSecond = Math.round(counts.answered / rest.seconds);
  const passed =
    rest.restarts >= 100 &&
    Object.keys(counts.failed).length === 0 &&
    exitCodes.every((code) => code === 0) &&
    rest.notReady === 0 &&
    requestsPerSecond >= 0.95 * REQUESTS_PER_SECOND;
  const system = "Linux with net.ipv4.tcp_migrate_req=1";
  return { passed, system, ...rest, requestsPerSecond, ...counts, slowestMs: Math.round(counts.slowestMs) };
}
