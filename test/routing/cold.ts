/** Choices for clients who have measured nothing themselves, while others have: each tenth of the clients is left out once. */
import { FleetHealth } from "../../core/health/fleet-health.ts";
import { EDGE_HEALTH_RULES } from "../../core/health/health-rules.ts";
import { LEARNING_MS, learnFromPageViews } from "../../router/simulate/learning.ts";
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
