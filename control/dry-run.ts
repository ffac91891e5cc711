/** What a purge would touch, asked of the edges that are there. Nothing is written. */
import type { Answer, ApiParts } from "./api.ts";
import { noSuch } from "./problem.ts";
import type { PurgeOrder } from "./purge-order.ts";

/** How long edges may take to look through what they hold. */
const WAIT_MS = 5_000;

/** The answer of each edge, and which did not give one. */
export async function dryRun({ ledger, fleet, asks, clock }: ApiParts, order: PurgeOrder): Promise<Answer> {
  const { site, scope, values } = order;
  if (!ledger.snapshot.sites.has(site)) return { problem: noSuch("site", site) };
  const edges = fleet.view(ledger.snapshot, clock.nowMs()).filter(({ role }) => role === "edge");
  const there = edges.filter(({ state }) => state === "current" || state === "behind").map(({ id }) => id);
  const answers = await asks.ask(there, { kind: "purge", about: { site, scope, values }, waitMs: WAIT_MS });
  if (answers === undefined)
    return { problem: { status: 503, title: "Busy", detail: "too many questions are open; try again in a moment" } };
  const said = new Map(answers.map(({ id, answer }) => [id, answer]));
  const told = edges.map(({ id }) => ({ id, ...objectOf(said.get(id)) }));
  return Response.json({ dryRun: true, site, scope, edges: told });
}

function objectOf(answer: unknown): object {
  return typeof answer === "object" && answer !== null ? answer : { unreachable: true };
}
