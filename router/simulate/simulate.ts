/** Runs a scenario: learning, then load with its events, then a choice for each client, judged. Same seed, same result. */
import { FleetHealth } from "../../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import { distanceKm } from "../../core/route/distance.ts";
import { LEARNING_MS, learnFromPageViews } from "./learning.ts";
import { judge, type Quality } from "./quality.ts";
import { type LoadResult, LoadRun, type Observer } from "./run-load.ts";
import type { Scenario } from "./scenario.ts";
import { Subject } from "./subject.ts";
import { World } from "./world.ts";

/** What came of it. Beside ours, the same clients by the great circle and by an oracle. */
export interface SimulationResult extends Quality, LoadResult {
  readonly users: number;
  readonly choices: Readonly<Record<string, string>>;
  readonly greatCircle: Quality;
  readonly oracle: Quality;
}

/** The virtual clock begins here. */
const START_MS = 0;

const NO_LOAD: LoadResult = { maxLoadRatio: 1, switchesPerClientHour: 0, failover: [], falseDowns: 0 };

/** Runs it. */
export function simulate(scenario: Scenario, observer?: Observer): SimulationResult {
  const world = new World(scenario);
  const subject = new Subject(scenario, START_MS);
  const allWell = new FleetHealth({ edges: scenario.edges, rules: EDGE_HEALTH_RULES, nowMs: START_MS }).conditions(
    START_MS,
  );
  learnFromPageViews(world, subject, allWell, START_MS);
  const loadStartMs = START_MS + LEARNING_MS;
  const run = scenario.load && new LoadRun(world, subject, scenario.load, loadStartMs, observer);
  const load = run?.run() ?? NO_LOAD;
  const nowMs = loadStartMs + (scenario.load?.durationMs ?? 0);
  const { clients, edges } = scenario;
  const conditions = run?.conditions(nowMs) ?? allWell;
  const ours = clients.map((_, client) => subject.choose(client, conditions, nowMs).edge);
  return {
    users: clients.length,
    ...judge(world, ours),
    ...load,
    choices: Object.fromEntries(clients.map(({ id }, client) => [id, edges[ours[client] ?? 0]?.id ?? ""])),
    greatCircle: judge(
      world,
      clients.map((_, client) => nearestEdge(world, client)),
    ),
    oracle: judge(
      world,
      clients.map((_, client) => world.best(client).edge),
    ),
  };
}

/** By the map alone, among the edges that answer and take users. */
function nearestEdge(world: World, client: number): number {
  const { clients, edges } = world.scenario;
  const from = clients[client]?.at ?? [0, 0];
  let best = world.best(client).edge;
  let bestKm = Number.POSITIVE_INFINITY;
  for (const [edge, { at }] of edges.entries()) {
    const km = distanceKm(from, at);
    if (km >= bestKm || !world.isReachable(client, edge) || !world.takesUsers(edge)) continue;
    best = edge;
    bestKm = km;
  }
  return best;
}
