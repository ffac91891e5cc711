/** Choices for clients who have measured nothing themselves, while others have: each tenth of the clients is left out once. */
import { FleetHealth } from "../../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import { distanceKm } from "../../core/route/distance.ts";
import { LEARNING_MS, learnFromPageViews } from "../../router/simulate/learning.ts";
import { rounded } from "../../router/simulate/quality.ts";
import type { Scenario } from "../../router/simulate/scenario.ts";
import { Subject } from "../../router/simulate/subject.ts";
import { World } from "../../router/simulate/world.ts";

const FOLDS = 10;

/** The edge of each client, by number. */
export function coldChoices(scenario: Scenario): readonly number[] {
  const conditions = new FleetHealth({
    edges: scenario.edges,
    rules: EDGE_HEALTH_RULES,
    nowMs: 0,
  }).conditions(0);
  const choices: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const subject = new Subject(scenario, 0);
    learnFromPageViews(new World(scenario), subject, conditions, 0, (client) => client % FOLDS !== fold);
    for (let client = fold; client < scenario.clients.length; client += FOLDS) {
      choices[client] = subject.choose(client, conditions, LEARNING_MS).edge;
    }
  }
  return choices;
}

/** Shares of users whom the residuals of others bring to a better edge than the nearest, and to a worse one. */
export interface Moves {
  readonly users: number;
  readonly better: number;
  readonly worse: number;
}

/** Of all users, and of those of whose country others have measured: only there residuals are more than the fleet's mean. */
export function movesOf(
  colds: readonly { readonly scenario: Scenario; readonly choices: readonly number[] }[],
): Moves & { readonly withCompatriots: Moves } {
  const all: number[] = [];
  const withCompatriots: number[] = [];
  for (const { scenario, choices } of colds) {
    const world = new World(scenario);
    for (const client of scenario.clients.keys()) {
      const gainMs = world.rttMs(client, nearest(world, client)) - world.rttMs(client, choices[client] ?? 0);
      all.push(gainMs);
      if (hasCompatriots(scenario, client)) withCompatriots.push(gainMs);
    }
  }
  return { ...shares(all), withCompatriots: shares(withCompatriots) };
}

function shares(gainsMs: readonly number[]): Moves {
  const share = (fits: (gainMs: number) => boolean) =>
    rounded(gainsMs.filter(fits).length / Math.max(1, gainsMs.length));
  return { users: gainsMs.length, better: share((gainMs) => gainMs > 0.5), worse: share((gainMs) => gainMs < -0.5) };
}

function nearest(world: World, client: number): number {
  const { clients, edges } = world.scenario;
  const from = clients[client]?.at ?? [0, 0];
  const km = edges.map(({ at }, edge) => (world.isReachable(client, edge) ? distanceKm(from, at) : 1e9));
  return km.indexOf(Math.min(...km));
}

/** Of its country and not of its fold, so that they have measured when it is asked for. */
function hasCompatriots({ clients }: Scenario, client: number): boolean {
  const country = clients[client]?.country;
  return clients.some((one, index) => one.country === country && index % FOLDS !== client % FOLDS);
}
