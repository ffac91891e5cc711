/** Days of nothing but probes, of which one in a hundred is lost: how often is a well edge called down? */
import { readScenario } from "../../router/simulate/read-scenario.ts";
import { simulate } from "../../router/simulate/simulate.ts";

const DAY_MS = 86_400_000;

/** The false alarms of so many seeded days with so many edges. */
export function falseDownsOf(days: number, edges: number): number {
  let falseDowns = 0;
  for (let seed = 1; seed <= days; seed += 1) falseDowns += dayOf(seed, edges);
  return falseDowns;
}

function dayOf(seed: number, count: number): number {
  const edges = Array.from({ length: count }, (_, index) => ({ id: `e${index}`, lat: index, lon: 5 * index }));
  const rttMs = { c: Object.fromEntries(edges.map(({ id }, index) => [id, 10 + index])) };
  const reading = readScenario({
    ...{ seed, edges, rttMs, clients: [{ id: "c", lat: 0, lon: 0 }], noise: { probeLoss: 0.01 } },
    load: { requestsPerSecond: 0.01, durationMs: DAY_MS },
  });
  if (reading.kind === "problems") throw new Error(JSON.stringify(reading.problems.slice(0, 3)));
  return simulate(reading.scenario).falseDowns;
}
